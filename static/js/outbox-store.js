// What was typed on this telephone and is not yet with the server, in IndexedDB. Every row belongs to one account
// ("owner") and is never read under another.
//   entries  {id, owner, url, page, title, about, isPrivate, fields, shown, typedAt, tries, nextAt, state, reason, errors}
//            state: "waiting" goes by itself, "refused" must be corrected, "stopped" goes only when somebody asks
//   drafts   {owner, key, fields, at}      half-typed forms
//   told     {id, owner, title, words}     what the server said, until it has been shown

window.outboxStore = (() => {
  const NAME = "fdcs-outbox";
  let opening = null;

  const open = () => {
    if (opening) return opening;
    opening = new Promise((resolve, reject) => {
      const asked = window.indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        const db = asked.result;
        db.createObjectStore("entries", { keyPath: "id" }).createIndex("owner", "owner");
        db.createObjectStore("drafts", { keyPath: ["owner", "key"] }).createIndex("owner", "owner");
        db.createObjectStore("told", { keyPath: "id" }).createIndex("owner", "owner");
      };
      asked.onsuccess = () => {
        const db = asked.result;
        db.onversionchange = () => { db.close(); opening = null; };
        db.onclose = () => { opening = null; };
        resolve(db);
      };
      asked.onerror = () => { opening = null; reject(asked.error); };
    });
    return opening;
  };

  const begin = async (names, mode) => {
    try {
      return (await open()).transaction(names, mode, { durability: "strict" });
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      opening = null; // the system closed the database while the page slept
      return (await open()).transaction(names, mode, { durability: "strict" });
    }
  };

  // work(transaction) -> the request whose result is wanted, or nothing. Done means on the disk: "complete".
  const run = async (names, mode, work) => {
    const transaction = await begin(names, mode);
    return new Promise((resolve, reject) => {
      let wanted = null;
      transaction.oncomplete = () => resolve(wanted ? wanted.result : undefined);
      transaction.onabort = () => reject(transaction.error || new Error("aborted"));
      wanted = work(transaction) || null;
    });
  };
  const of = async (name, owner) => run(name, "readonly", (t) => t.objectStore(name).index("owner").getAll(owner));

  // A row changed only while it is still there: what another window has sent meanwhile does not come back.
  const change = (id, owner, changes) => run("entries", "readwrite", (t) => {
    const entries = t.objectStore("entries");
    entries.get(id).onsuccess = ({ target }) => {
      if (target.result && target.result.owner === owner) entries.put({ ...target.result, ...changes });
    };
  });

  return {
    entries: async (owner) => (await of("entries", owner)).sort((a, b) => a.typedAt.localeCompare(b.typedAt)),
    entry: async (id, owner) => {
      const found = await run("entries", "readonly", (t) => t.objectStore("entries").get(id));
      return found && found.owner === owner ? found : null;
    },
    // Kept for sending, and no draft any more: both or neither.
    keep: (entry, draftKey) => run(["entries", "drafts"], "readwrite", (t) => {
      t.objectStore("entries").put(entry);
      t.objectStore("drafts").delete([entry.owner, draftKey]);
    }),
    change,
    arrived: (entry, words) => run(["entries", "told"], "readwrite", (t) => {
      t.objectStore("entries").delete(entry.id);
      t.objectStore("told").put({ id: entry.id, owner: entry.owner, title: entry.title, words });
    }),
    remove: (id) => run("entries", "readwrite", (t) => { t.objectStore("entries").delete(id); }),
    told: (owner) => of("told", owner),
    forgetTold: (ids) => run("told", "readwrite", (t) => { ids.forEach((id) => t.objectStore("told").delete(id)); }),
    draft: (owner, key) => run("drafts", "readonly", (t) => t.objectStore("drafts").get([owner, key])),
    drafts: (owner) => of("drafts", owner),
    keepDraft: (draft) => run("drafts", "readwrite", (t) => { t.objectStore("drafts").put(draft); }),
    dropDraft: (owner, key) => run("drafts", "readwrite", (t) => { t.objectStore("drafts").delete([owner, key]); }),
    // At the end of a session nothing of this account stays behind.
    clear: (owner) => run(["entries", "drafts", "told"], "readwrite", (t) => {
      for (const name of ["entries", "drafts", "told"]) {
        t.objectStore(name).index("owner").openKeyCursor(owner).onsuccess = ({ target }) => {
          if (!target.result) return;
          t.objectStore(name).delete(target.result.primaryKey);
          target.result.continue();
        };
      }
    }),
  };
})();
