"""Work on what clients sent, in processes of its own: a crash, a hang or a bomb there ends the process, not the server.

`pool.WorkPool` runs the functions of `tasks`; each takes and returns plain values. `queue` and `runner` work off jobs.
"""
