CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.files (
    id bigint NOT NULL,
    job_id character varying(32) NOT NULL,
    role character varying(8) NOT NULL,
    name character varying(200) NOT NULL,
    size bigint NOT NULL,
    sha256 character varying(64) NOT NULL
);
CREATE SEQUENCE public.files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.files_id_seq OWNED BY public.files.id;
CREATE TABLE public.jobs (
    id character varying(32) NOT NULL,
    key_id character varying(32) NOT NULL,
    name character varying(200) NOT NULL,
    state character varying(16) NOT NULL,
    options json NOT NULL,
    fingerprint character varying(64) NOT NULL,
    idempotency_key character varying(255),
    request_id character varying(64),
    created_at double precision NOT NULL,
    started_at double precision,
    finished_at double precision,
    attempt integer NOT NULL,
    done integer NOT NULL,
    total integer NOT NULL,
    cancel_requested boolean NOT NULL,
    lease_owner character varying(64),
    lease_until double precision,
    error text,
    headline text,
    counts json,
    report_policy text,
    size bigint NOT NULL
);
CREATE TABLE public.keys (
    id character varying(32) NOT NULL,
    name character varying(120) NOT NULL,
    secret_sha256 character varying(64) NOT NULL,
    scopes character varying(64) NOT NULL,
    created_at double precision NOT NULL,
    revoked_at double precision,
    last_used_at double precision
);
CREATE TABLE public.parts (
    file_id bigint NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.sessions (
    token_sha256 character varying(64) NOT NULL,
    key_id character varying(32) NOT NULL,
    expires_at double precision NOT NULL
);
CREATE TABLE public.shares (
    id character varying(32) NOT NULL,
    job_id character varying(32) NOT NULL,
    token_sha256 character varying(64) NOT NULL,
    created_at double precision NOT NULL
);
CREATE TABLE public.workers (
    id character varying(64) NOT NULL,
    started_at double precision NOT NULL,
    seen_at double precision NOT NULL
);
ALTER TABLE ONLY public.files ALTER COLUMN id SET DEFAULT nextval('public.files_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.files VALUES (1, 'pQgZI3Cfjw4qKclzudIsXLR3', 'input', 'a.csv', 4, '0ebb429fa86d481c2630fac53db1c91cffed5d4d41d1021c179444eb67e7ee0b');
INSERT INTO public.files VALUES (2, 'pQgZI3Cfjw4qKclzudIsXLR3', 'output', 'report.html', 8, '90bd35df60f1e27d2236245a4a49f73e1dfb01936f2c2159c70a2bde93eb2977');
INSERT INTO public.jobs VALUES ('pQgZI3Cfjw4qKclzudIsXLR3', '84c45d223362', 'kept', 'done', '{"by": []}', 'f', 'i', NULL, 1795354949.001267, 1795354949.033973, 1795354949.087787, 1, 1, 1, false, NULL, NULL, NULL, 'h', '{"flat": 1}', 'p', 12);
INSERT INTO public.keys VALUES ('84c45d223362', 'first', 'b51c6d0de57202b47bdf78707af1e77813764477727753f052411b974e2eda1c', 'submit read admin', 1795354948.9699028, NULL, 1795354948.9837573);
INSERT INTO public.parts VALUES (1, 0, '\x7461736b');
INSERT INTO public.parts VALUES (2, 0, '\x61207265706f7274');
SELECT pg_catalog.setval('public.files_id_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.files
    ADD CONSTRAINT pk_files PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT pk_jobs PRIMARY KEY (id);
ALTER TABLE ONLY public.keys
    ADD CONSTRAINT pk_keys PRIMARY KEY (id);
ALTER TABLE ONLY public.parts
    ADD CONSTRAINT pk_parts PRIMARY KEY (file_id, number);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT pk_sessions PRIMARY KEY (token_sha256);
ALTER TABLE ONLY public.shares
    ADD CONSTRAINT pk_shares PRIMARY KEY (id);
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT pk_workers PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT uq_jobs_key_id_idempotency_key UNIQUE (key_id, idempotency_key);
ALTER TABLE ONLY public.shares
    ADD CONSTRAINT uq_shares_token_sha256 UNIQUE (token_sha256);
CREATE INDEX ix_files_job_id_role ON public.files USING btree (job_id, role);
CREATE INDEX ix_jobs_finished_at ON public.jobs USING btree (finished_at);
CREATE INDEX ix_jobs_key_id_created_at ON public.jobs USING btree (key_id, created_at);
CREATE INDEX ix_jobs_state_lease_until ON public.jobs USING btree (state, lease_until);
CREATE INDEX ix_sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE INDEX ix_sessions_key_id ON public.sessions USING btree (key_id);
CREATE INDEX ix_shares_job_id ON public.shares USING btree (job_id);
ALTER TABLE ONLY public.files
    ADD CONSTRAINT fk_files_job_id FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT fk_jobs_key_id FOREIGN KEY (key_id) REFERENCES public.keys(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.parts
    ADD CONSTRAINT fk_parts_file_id FOREIGN KEY (file_id) REFERENCES public.files(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT fk_sessions_key_id FOREIGN KEY (key_id) REFERENCES public.keys(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shares
    ADD CONSTRAINT fk_shares_job_id FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
