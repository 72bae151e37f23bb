// One script for all pages. Everything that comes from a table or a server is set as text, never as markup.
const byId = (id) => document.getElementById(id);
const POLL = 700; // milliseconds between looks at a job
const FEW = 5; // notes that are shown without being asked for

function complain(error) {
  const alert = byId("alert");
  alert.textContent = error instanceof Error ? error.message : String(error);
  alert.hidden = false;
  alert.scrollIntoView({ block: "nearest" });
}

function calm() {
  byId("alert").hidden = true;
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { headers: { Accept: "application/json" }, ...options });
  } catch {
    throw new Error("The server does not answer.");
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  if (answer.status === 401) throw new Error("You are signed out. Load this page again to sign in.");
  let detail = `The server answered ${answer.status}.`;
  try {
    detail = (await answer.json()).detail;
  } catch {}
  const wait = answer.headers.get("Retry-After");
  throw new Error(wait ? `${detail} Try again in ${wait} s.` : detail);
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

async function whileBusy(button, work) {
  button.disabled = true;
  calm();
  try {
    await work();
  } catch (error) {
    complain(error);
  } finally {
    button.disabled = false;
  }
}

// ---- Sign in: a key after the # never reaches the server's log.
function signIn() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!given) return;
  history.replaceState(null, "", location.pathname);
  byId("key").value = given;
  byId("sign-in").submit();
}

// What was dropped: a file, or those of a folder and of the folders in it.
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!some.length) return found;
    found.push(...(await Promise.all(some.map(filesOf))).flat());
  }
}

// ---- Home
function home() {
  const files = byId("files");
  const drop = byId("drop");
  const size = (bytes) => (bytes < 1e4 ? `${bytes} bytes` : bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const showChosen = () => {
    byId("chosen").replaceChildren(...[...files.files].map((file) => element("li", `${file.name} (${size(file.size)})`)));
    byId("understood").hidden = true;
  };
  files.addEventListener("change", showChosen);
  byId("table").addEventListener("input", () => (byId("understood").hidden = true));
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    whileBusy(byId("check"), async () => {
      const found = new DataTransfer(); // what an input of files can be given
      for (const file of (await Promise.all(entries.map(filesOf))).flat()) found.items.add(file);
      files.files = found.files;
      showChosen();
    });
  });

  const form = () => {
    const data = new FormData();
    for (const file of files.files) data.append("file", file);
    if (byId("table").value.trim()) data.append("table", byId("table").value);
    for (const name of ["name", "scale", "by", "resamples", "seed"]) {
      const value = byId(name).value.trim();
      if (value) data.append(name, value);
    }
    return data;
  };
  let sent = null; // the request's name: pressing twice, or again after a lost answer, makes one job
  byId("submit").addEventListener("submit", (event) => {
    event.preventDefault();
    whileBusy(byId("check"), async () => {
      if (!files.files.length && !byId("table").value.trim()) throw new Error("Expected a table: choose a file, or paste one.");
      showUnderstood(await ask("/v1/inspections", { method: "POST", body: form() }));
      sent = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    });
  });
  byId("check").disabled = false; // before, the browser would send the form itself, which asks nothing
  byId("start").addEventListener("click", (event) =>
    whileBusy(event.currentTarget, async () => {
      const headers = { Accept: "application/json", "Idempotency-Key": sent };
      const job = await ask("/v1/jobs", { method: "POST", body: form(), headers });
      location.assign(job.links.page);
    }),
  );
  const boxes = [...document.querySelectorAll("#compare input[type=checkbox]")];
  byId("compare")?.addEventListener("submit", (event) => {
    if (boxes.filter((box) => box.checked).length === 2) return;
    event.preventDefault();
    complain("Choose two jobs that are done.");
  });
}

function showUnderstood(found) {
  const plural = (count, word) => `${count} ${word}${count === 1 || word.endsWith("s") ? "" : "s"}`;
  byId("found").textContent = `${plural(found.n_rows, "row")}, ${plural(found.n_usable, "series")} to analyse, ${found.n_series - found.n_usable} that cannot be.`;
  const failing = found.n_series - found.n_usable;
  const lists = [
    ["Left out", found.skipped.map((item) => `${item.name}: ${item.reason}`), found.skipped.length],
    ["Cannot be analysed", found.problems.map((item) => `${item.name}: ${item.reason}`), failing],
    ["Notes", found.notes, found.notes.length],
    ["Warnings", found.warnings.map((item) => `${item.text} (${item.n_series} series)`), found.warnings.length],
  ];
  byId("found-notes").replaceChildren(
    ...lists.flatMap(([heading, lines, count]) => {
      if (!lines.length) return [];
      const notes = element("details");
      notes.open = lines.length <= FEW;
      const list = element("ul");
      list.append(...lines.map((line) => element("li", line)));
      if (count > lines.length) list.append(element("li", `and ${count - lines.length} more`));
      notes.append(element("summary", `${heading} (${count})`), list);
      return [notes];
    }),
  );
  const head = element("thead");
  const titles = ["Series", "Points", "Scale", "From", "To", "Scores", "Chance"];
  const row = element("tr");
  row.append(...titles.map((title) => element("th", title, { scope: "col" })));
  head.append(row);
  const body = element("tbody");
  for (const series of found.series) {
    const cells = element("tr");
    const chance = series.chance_level === null ? "not defined" : `${series.chance_level} (${series.chance_source})`;
    const values = [series.name, series.n_points, series.scale_kind, series.scale_min.toPrecision(3), series.scale_max.toPrecision(3), series.score_form, chance];
    cells.append(...values.map((value) => element("td", String(value))));
    body.append(cells);
  }
  byId("found-series").replaceChildren(head, body);
  const more = found.n_usable - found.series.length;
  byId("found-more").textContent = more > 0 ? `And ${more} more series.` : "";
  byId("start").hidden = found.n_usable === 0;
  const section = byId("understood");
  section.hidden = false;
  section.focus();
}

// ---- One job
function job() {
  const place = byId("job");
  const path = `/v1/jobs/${place.dataset.id}`;
  const act = {
    cancel: async () => {
      await ask(`${path}/cancel`, { method: "POST" });
    },
    retry: async () => {
      await ask(`${path}/retry`, { method: "POST" });
      location.reload();
    },
    share: async () => {
      const made = await ask(`${path}/shares`, { method: "POST" });
      byId("shared").value = new URL(made.url, location.href).href;
      byId("link").hidden = false;
      byId("shared").select();
      await showLinks();
    },
    delete: async () => {
      if (!confirm("Delete this job with its results and links?")) return;
      await ask(path, { method: "DELETE" });
      location.assign("/#past");
    },
  };
  for (const button of document.querySelectorAll("button[data-do]")) {
    button.addEventListener("click", () => whileBusy(button, act[button.dataset.do]));
  }
  const showLinks = async () => {
    const links = await ask(`${path}/shares`);
    byId("links").hidden = !links.length;
    byId("links-made").replaceChildren(
      ...links.map((link) => {
        const line = element("li", `Made ${link.created_at.slice(0, 16).replace("T", " ")} UTC `);
        const button = element("button", "Take back", { class: "plain" });
        button.addEventListener("click", () =>
          whileBusy(button, async () => {
            await ask(`${path}/shares/${link.id}`, { method: "DELETE" });
            byId("link").hidden = true;
            await showLinks();
          }),
        );
        line.append(button);
        return line;
      }),
    );
  };
  if (place.dataset.state === "done") showLinks().catch(complain);
  const look = async () => {
    try {
      const now = await ask(path);
      calm();
      byId("state").textContent = now.state;
      byId("bar").max = Math.max(1, now.progress.total);
      byId("bar").value = now.progress.done;
      byId("count").textContent = `${now.progress.done} of ${now.progress.total}`;
      if (!["queued", "running"].includes(now.state)) return location.reload();
    } catch (error) {
      complain(error);
    }
    setTimeout(look, POLL);
  };
  if (["queued", "running"].includes(place.dataset.state)) setTimeout(look, POLL);
}

// ---- What a frame shows takes a while to be made
function framed() {
  const frame = document.querySelector("iframe");
  if (!frame) return;
  frame.addEventListener("load", () => (byId("waiting").hidden = true));
  frame.src = frame.dataset.src; // only now: it could be there before anybody listens
}

// The link that signs in, opened where this page is open already, changes what follows the # and loads nothing.
if (document.body.dataset.page === "sign-in") addEventListener("hashchange", signIn);
({ "sign-in": signIn, home, job, forecast: framed })[document.body.dataset.page]?.();
