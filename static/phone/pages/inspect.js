// Filling in: every touch is on the disk before the next one; handing in needs no network.

import { distance } from "../../lib/geo.js";
import { evaluate } from "../../lib/expr.js";
import { h } from "../../lib/html.js";
import { t } from "../../lib/language.js";
import { Saver, leaves } from "../drafts.js";
import { renderForm } from "../form/render.js";
import { askReason, openSheet } from "../form/sheet.js";
import { far, notice } from "../show.js";
import { grid, of, taker } from "./photo.js";
import "./words.js";

/** Show a draft as its form. */
export async function show(app, id) {
  const draft = await app.store.get("drafts", id);
  if (!draft) return { title: t("inspect"), body: h("p.empty", null, t("draft.gone")), back: "#/today" };
  const site = await app.core.view(draft.site);
  const form = (await app.forms(true)).find((it) => `${it.name}@${it.version}` === draft.form) || (await app.forms())[0];
  const filling = new Filling(app, draft, site, form);
  return filling.page();
}

class Filling {
  constructor(app, draft, site, form) {
    Object.assign(this, { app, draft, site, compiled: form, drawn: [] });
    this.saver = new Saver(app.store, draft, app.trouble);
  }

  async page() {
    const { app, draft, site } = this;
    const counts = await this.counts();
    const marks = Object.fromEntries(Object.entries(draft.answers).filter(([path]) => path.startsWith("review_fields/")).map(([path, text]) => [path.slice(14), text]));
    this.state = { answers: draft.answers, context: { now: () => new Date().toISOString(), counts }, marks, carried: new Set(draft.carried) };
    this.form = renderForm(this.compiled, this.state, this.hooks());
    const place = h("div", { "aria-live": "polite" });
    const stop = app.place.watch((fix) => this.near(place, fix));
    const submit = h("button.button.primary.big", { type: "button", onclick: () => this.submit() }, t(draft.action === "inspection.submit" ? "submit" : "resubmit"));
    const body = h("div", null, draft.answers.review_comment ? notice("danger", t("review.said", { text: draft.answers.review_comment })) : null,
      place, this.form.element, h("div.question", null, submit, h("button.button.plain.big", { type: "button", onclick: () => this.discard() }, t("draft.drop"))));
    return {
      title: site?.body.name || t("inspect"), body, back: `#/site/${draft.site}`, tab: "today", keeps: true, flush: () => this.saver.flush(),
      leave: () => (stop(), this.saver.flush()), ready: () => this.show(Object.keys(marks)[0]),
    };
  }

  /** Show the question that the county found wrong; the photos above it have their place by then. */
  async show(path) {
    await Promise.all(this.drawn);
    if (path) this.form.focus(path);
  }

  hooks() {
    const { app } = this;
    return {
      changed: () => this.saver.touch(),
      photos: (item, path) => this.photos(item, path),
      position: () => app.place.wait(20_000),
      watchPosition: (heard) => app.place.watch(heard),
      signers: () => [app.person.name],
      contacts: () => app.limits.CONTACTS.map(([zh, en, number]) => ({ label: document.documentElement.lang === "en" ? en : zh, number })),
    };
  }

  /** Return how many photos each question of images has. */
  async counts() {
    const photos = await of(this.app, this.draft.id);
    const counts = Object.fromEntries(leaves(this.compiled.items).filter((item) => item.kind === "image").map((item) => [item.path, 0]));
    for (const { question } of photos) counts[question] = (counts[question] || 0) + 1;
    return counts;
  }

  photos(item, path) {
    const box = h("div");
    const draw = async () => {
      const photos = (await of(this.app, this.draft.id)).filter(({ question }) => question === path);
      const full = item.most && photos.length >= item.most;
      box.replaceChildren(...[grid(this.app, photos), full ? null : taker(this.app, { parent: this.draft.id, question: path, role: item.role || "" }, taken)].filter(Boolean));
    };
    const taken = async () => {
      Object.assign(this.state.context.counts, await this.counts());
      this.form.refresh();
      await draw();
    };
    this.drawn.push(draw());
    return box;
  }

  /** Say how good the fix is, and how far the site. */
  near(place, fix) {
    if (!fix) return place.replaceChildren(notice("warn", t("fix.none")));
    const away = this.site?.body.lat ? distance(fix, this.site.body) : 0;
    const { FIX_ACCURACY_WARN_M, PHOTO_SITE_WARN_M } = this.app.limits;
    const poor = fix.accuracy > FIX_ACCURACY_WARN_M;
    const words = [t(poor ? "fix.poor" : "fix.good", { n: Math.round(fix.accuracy) }), away > PHOTO_SITE_WARN_M ? t("fix.far", { away: far(away) }) : ""];
    return place.replaceChildren(notice(poor || away > PHOTO_SITE_WARN_M ? "warn" : "", words.join(" ")));
  }

  /** Hand in; what does not fit the form is shown first, but never stops a person who insists. */
  async submit() {
    await this.saver.flush();
    const problems = this.form.validate();
    if (problems.length) return this.ask(problems);
    return this.far(() => this.send());
  }

  ask(problems) {
    this.form.focus(problems[0].path);
    return openSheet(t("problems", { n: problems.length }), (close) => [
      h("p", null, t("problems.text")),
      h("button.button.primary.big", { type: "button", onclick: close }, t("problems.fix")),
      h("button.button.big", { type: "button", onclick: () => (close(), this.far(() => this.send())) }, t("problems.send")),
    ]);
  }

  /** Ask why, where the visit was filed far from the site. */
  far(go) {
    const { answers } = this.draft;
    const away = answers.lat && this.site?.body.lat ? distance(answers, this.site.body) : 0;
    if (away <= this.app.limits.PHOTO_SITE_REASON_M || answers["could_not/position"]) return go();
    return askReason(t("fix.why", { away: far(away) }), "fix.reasons", (reason) => {
      answers["could_not/position"] = reason;
      go();
    });
  }

  /** Put the inspection and its photos into the outbox, and the draft away: all of it or nothing. */
  async send() {
    const { app, draft, compiled } = this;
    await app.photos.settle();
    const fresh = (await app.store.all("photos", "parent", draft.id)).filter((photo) => !photo.announced && !photo.dropped);
    const { answers } = evaluate(compiled, draft.answers, this.context());
    const intents = [this.intent(answers), ...app.photos.announce(fresh)].filter(Boolean);
    await this.saver.end();
    await app.core.make(intents, async (tx) => {
      await app.photos.release(tx, fresh);
      await tx.delete("drafts", draft.id);
    });
    await app.saved(t("saved.visit"));
    app.go(draft.answers.activity === "active" ? `#/relapse/${draft.site}/active` : "#/today", true);
  }

  context() {
    return { now: new Date().toISOString(), counts: this.state.context.counts };
  }

  intent(answers) {
    const { draft } = this;
    const more = draft.action === "inspection.submit" ? {
      site_id: draft.site, task_id: draft.task || undefined, started_at: answers.started_at || draft.started_at, ended_at: answers.ended_at || new Date().toISOString(),
    } : {};
    const set = Object.fromEntries(Object.entries({ ...answers, ...more }).filter(([path, value]) => value !== undefined && !path.startsWith("review_fields/")));
    if (!draft.before) return { action: draft.action, id: draft.id, parent: draft.site, form: draft.form, set };
    const own = leaves(this.compiled.items).map((item) => item.path.split("/*")[0]);
    const gone = Object.keys(draft.before.body).filter((path) => !(path in answers) && own.some((base) => path === base || path.startsWith(`${base}/`)));
    return this.app.core.change(draft.before, { ...set, ...Object.fromEntries(gone.map((path) => [path, null])) }, draft.action, { form: draft.form });
  }

  discard() {
    const kept = this.draft.before ? "draft.drop.change" : "draft.drop.all";
    return openSheet(t("draft.drop"), (close) => [h("p", null, t(kept)), h("button.button.danger.big", { type: "button", onclick: () => (close(), this.drop()) }, t("draft.drop.do"))]);
  }

  async drop() {
    await this.saver.end();
    await this.app.store.write(["drafts"], (tx) => tx.delete("drafts", this.draft.id));
    this.app.go(`#/site/${this.draft.site}`, true);
  }
}
