// The chat page. Everything a person or the server wrote goes in as textContent, never as markup.
(function () {
"use strict";

const TIMEOUT = 30000;
const PATIENCE = 8000;
const LONGEST = 20000;
const NEARLY = 19000;
const SIZES = ["m", "l", "xl"];
const find = (id) => document.getElementById(id);
const log = find("log");
const box = find("text");
const form = find("form");
const welcome = find("welcome");

let lang = "zh";
let told = ""; // the language that the server was told, "?" when telling it failed
let pending = null; // the AbortController of the request under way
let conversation = kept(sessionStorageOrNull(), "conversation");

// ---- what the browser keeps: an id, a text size, a language; never a word of the conversation

function sessionStorageOrNull() {
  try { return window.sessionStorage; } catch (error) { return null; }
}
function localStorageOrNull() {
  try { return window.localStorage; } catch (error) { return null; }
}
function kept(storage, key) {
  try { return (storage && storage.getItem(key)) || ""; } catch (error) { return ""; }
}
function keep(storage, key, value) {
  try {
    if (!storage) return;
    if (value) storage.setItem(key, value); else storage.removeItem(key);
  } catch (error) { /* private mode: nothing is kept, everything works */ }
}
function setConversation(id) {
  conversation = id;
  keep(sessionStorageOrNull(), "conversation", id);
}

// ---- small builders

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}
function button(label, className, act) {
  const node = make("button", className, label);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}
function languageOf(text) {
  return /[\u3400-\u9fff]/.test(text) ? (lang === "zh-Hant" ? "zh-Hant" : "zh-Hans") : "en";
}

// ---- language and size

function guess() {
  const saved = kept(localStorageOrNull(), "lang");
  if (WORDS[saved]) return saved;
  const wanted = (navigator.language || "zh").toLowerCase();
  if (/^zh-(hant|tw|hk|mo)/.test(wanted)) return "zh-Hant";
  // Mongolian speakers here read Chinese on signs and forms; everybody else is a visitor.
  return /^(zh|mn)/.test(wanted) ? "zh" : "en";
}
function showLanguage() {
  const words = WORDS[lang];
  document.documentElement.lang = words.html;
  document.title = words.title;
  document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = words[node.dataset.t]; });
  document.querySelectorAll("[data-t-label]").forEach((node) => {
    node.setAttribute("aria-label", words[node.dataset.tLabel]);
  });
  box.placeholder = words.placeholder;
  document.querySelectorAll("[data-lang]").forEach((node) => {
    node.setAttribute("aria-pressed", String(node.dataset.lang === lang));
  });
  showSize();
  showCount();
}
function switchLanguage(next) {
  lang = next;
  keep(localStorageOrNull(), "lang", next);
  showLanguage();
  told = "?";
  if (!busy()) say({ text: "", button: "lang:" + next });
}
function showSize() {
  const size = document.documentElement.dataset.size || "m";
  const words = WORDS[lang];
  find("size").setAttribute("aria-label", words.sizeIs + words.sizes[SIZES.indexOf(size)]);
}
function nextSize() {
  const root = document.documentElement;
  const now = SIZES.indexOf(root.dataset.size || "m");
  root.dataset.size = SIZES[(now + 1) % SIZES.length];
  keep(localStorageOrNull(), "size", root.dataset.size);
  showSize();
  fit();
}

// ---- the composer

function fit() {
  box.style.height = "";
  if (!box.value) return; // an empty box would grow with its placeholder
  box.style.height = Math.min(box.scrollHeight + 2, window.innerHeight * 0.3) + "px";
}
function showCount() {
  const count = find("count");
  const n = LONGEST - box.value.length;
  count.hidden = box.value.length < NEARLY;
  count.textContent = count.hidden ? "" : n > 0 ? WORDS[lang].left.replace("{n}", n) : WORDS[lang].full;
}
function fill(text) {
  box.value = text;
  fit();
  showCount();
}
function busy() {
  // Telling the server the page's language is no reason to keep anybody waiting.
  return Boolean(pending) && !pending.silent;
}
function submit() {
  if (busy() || !box.value.trim()) return;
  const text = box.value;
  fill("");
  say({ text: text, echo: text });
}

// ---- bubbles

function add(node) {
  log.append(node);
  return node;
}
function show(node) {
  // A long answer is read from its first line, so that is what has to be on the screen.
  const top = node.offsetTop - 12;
  const bottom = log.scrollHeight - log.clientHeight;
  log.scrollTop = Math.min(top, bottom);
}
function addUser(text) {
  const bubble = make("div", "bubble user");
  bubble.append(make("span", "hidden", WORDS[lang].you));
  const said = make("div", "said", text);
  bubble.append(said);
  add(bubble);
  if (said.scrollHeight > said.clientHeight + 2) said.tabIndex = 0; // scrolls, so keys must reach it
  show(bubble);
  return bubble;
}
function highlight(bubble, text, cues) {
  const points = Array.from(text); // the server counts code points, JavaScript half of them
  const said = bubble.querySelector(".said");
  let at = 0;
  said.textContent = "";
  for (const cue of cues.slice().sort((a, b) => a.start - b.start)) {
    const start = Math.max(at, cue.start);
    const end = Math.min(points.length, cue.end);
    if (!(start < end)) continue;
    said.append(points.slice(at, start).join(""), make("mark", "", points.slice(start, end).join("")));
    at = end;
  }
  said.append(points.slice(at).join(""));
}
function addWaiting() {
  const bubble = make("div", "bubble bot waiting");
  const words = make("span", "", WORDS[lang].waiting);
  bubble.append(make("i", "dots"), words);
  const timer = setTimeout(() => { words.textContent = WORDS[lang].slowly; }, PATIENCE);
  show(add(bubble));
  return () => { clearTimeout(timer); bubble.remove(); };
}
function withPhones(node, text) {
  // Only the two numbers that everybody may call become links; a number in a quoted scam never does.
  text.split(/(\d+)/).forEach((part) => {
    if (part !== "110" && part !== "96110") { node.append(part); return; }
    const link = make("a", "", part);
    link.href = "tel:" + part;
    node.append(link);
  });
  return node;
}
function written(text) {
  const root = make("div", "reply");
  root.lang = languageOf(text);
  const lines = text.split("\n");
  let list = null;
  let paragraph = null;
  lines.forEach((line, i) => {
    const item = line.startsWith("· ");
    if (!item) list = null;
    if (!line.trim() || item || i < 2) paragraph = null;
    if (!line.trim()) return;
    if (i < 2 && !item) {
      root.append(withPhones(make("p", i ? "todo" : "verdict"), line));
    } else if (item) {
      if (!list) root.append(list = make("ul"));
      list.append(withPhones(make("li"), line.slice(2)));
    } else if (paragraph) {
      paragraph.append(make("br"));
      withPhones(paragraph, line);
    } else {
      root.append(paragraph = withPhones(make("p"), line));
    }
  });
  return root;
}
function addBot(reply, pressed) {
  const words = WORDS[lang];
  const level = words[reply.level] && /^(danger|caution|none)$/.test(reply.level) ? reply.level : "none";
  const bubble = make("div", "bubble bot " + level);
  bubble.append(make("span", "hidden", words.bot));
  // Small talk and pressed buttons are answered without judging a message (certainly benign, nothing
  // else weighed); "nothing found" would be a strange thing to say there.
  const unjudged = pressed || (reply.probability === 1 && !(reply.alternatives || []).length);
  if (!(unjudged && level === "none")) {
    const tag = make("p", "tag");
    tag.append(icon(level), make("b", "", words[level]));
    bubble.append(tag);
  }
  bubble.append(written(reply.text));
  if (reply.paid || reply.happening) {
    const call = make("a", "call");
    call.href = "tel:110";
    call.append(icon("phone"), words.call);
    const after = bubble.querySelector(".todo") || bubble.querySelector(".verdict");
    if (after) after.after(call); else bubble.append(call);
  }
  if (window.speechSynthesis && window.SpeechSynthesisUtterance) bubble.append(reader(reply.text));
  add(bubble);
  addChoices(reply.buttons || []);
  return bubble;
}
function addChoices(buttons) {
  if (!buttons.length) return;
  const row = make("div", "choices");
  buttons.forEach((one) => {
    row.append(button(one.label, "choice", () => press(one.payload, one.label)));
  });
  add(row);
}
function press(payload, label) {
  if (busy()) return;
  const asked = /^lang:(.+)$/.exec(payload);
  if (asked && WORDS[asked[1]]) {
    lang = asked[1];
    keep(localStorageOrNull(), "lang", lang);
    showLanguage();
  }
  log.focus({ preventScroll: true }); // the button goes away; the reader stays where the answer comes
  say({ text: "", button: payload, echo: label });
}
function clearTransient() {
  log.querySelectorAll(".choices, .notice").forEach((node) => node.remove());
}
function addNotice(text, retry) {
  const notice = make("div", "bubble notice");
  notice.setAttribute("role", "alert");
  notice.append(make("p", "", text));
  if (retry) notice.append(button(WORDS[lang].retry, "choice", retry));
  show(add(notice));
}

// ---- reading aloud

function reader(text) {
  const node = button("", "read", () => {
    const speaking = node.dataset.on === "1";
    window.speechSynthesis.cancel();
    log.querySelectorAll(".read").forEach((other) => label(other, false));
    if (!speaking) speak(node, text);
  });
  label(node, false);
  return node;
}
function label(node, on) {
  node.dataset.on = on ? "1" : "";
  node.textContent = "";
  node.append(icon(on ? "stop" : "sound"), make("span", "", on ? WORDS[lang].stop : WORDS[lang].read));
}
function spoken(line) {
  // A phone number is said digit by digit, the way people here say it: 幺幺零.
  const digits = WORDS[lang].digits;
  return line.replace(/^· /, "").replace(/\d+/g, (n) => (
    n === "110" || n === "96110" ? Array.from(n, (d) => digits[d] || d).join(digits ? "" : " ") : n
  ));
}
function speak(node, text) {
  const lines = text.split("\n").filter((line) => line.trim());
  label(node, true);
  // One utterance a line: long ones are cut off by some phones.
  lines.forEach((line, i) => {
    const utterance = new window.SpeechSynthesisUtterance(spoken(line));
    utterance.lang = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", en: "en-US" }[languageOf(line)];
    utterance.rate = 0.95;
    if (i === lines.length - 1) utterance.onend = () => label(node, false);
    utterance.onerror = () => label(node, false);
    window.speechSynthesis.speak(utterance);
  });
}
function quiet() {
  if (window.speechSynthesis) window.speechSynthesis.cancel();
  log.querySelectorAll(".read").forEach((node) => { if (node.dataset.on) label(node, false); });
}

// ---- the server

function failure(sentence) {
  const error = new Error("no answer");
  error.sentence = sentence;
  return error;
}
async function post(body, controller) {
  let late = false;
  const timer = setTimeout(() => { late = true; controller.abort(); }, TIMEOUT);
  let response;
  let data = null;
  try {
    response = await fetch("api/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": lang },
      body: JSON.stringify(conversation ? Object.assign({ conversation: conversation }, body) : body),
      cache: "no-store",
      signal: controller.signal,
    });
    const raw = await response.text();
    try { data = JSON.parse(raw); } catch (error) { /* a hotel's login page, say */ }
  } catch (error) {
    if (controller.signal.aborted && !late) throw error;
    throw failure(late ? WORDS[lang].slow : WORDS[lang].offline);
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw failure((data && data.error) || WORDS[lang].broken);
  if (!data || typeof data.text !== "string") throw failure(WORDS[lang].broken);
  return data;
}
async function ask(message, controller) {
  const isLanguage = /^lang:/.test(message.button || "");
  // A message says by itself what language it is in; a button does not.
  const untold = told ? told !== lang : lang !== "zh" && Boolean(message.button);
  if (untold && !isLanguage) {
    const first = await post({ text: "", button: "lang:" + lang }, controller);
    setConversation(first.conversation);
    told = lang;
  }
  const asked = lang;
  const reply = await post({ text: message.text, button: message.button }, controller);
  setConversation(reply.conversation);
  if (isLanguage) told = asked;
  return reply;
}
async function say(message) {
  if (busy()) return;
  if (pending) pending.abort();
  const controller = pending = new AbortController();
  const silent = !message.echo && !log.querySelector(".bubble"); // the page itself already changed language
  controller.silent = silent;
  quiet();
  clearTransient();
  if (message.echo) welcome.hidden = true;
  const bubble = message.echo ? addUser(message.echo) : null;
  const done = silent ? () => {} : addWaiting();
  form.classList.toggle("busy", !silent);
  try {
    const reply = await ask(message, controller);
    done();
    if (bubble && !message.button) highlight(bubble, message.text, reply.cues || []);
    if (!silent) {
      const answer = addBot(reply, Boolean(message.button));
      show(bubble && bubble.offsetHeight < log.clientHeight / 3 ? bubble : answer);
    }
  } catch (error) {
    done();
    if (controller.signal.aborted && !error.sentence) return; // forgotten meanwhile
    if (silent) return; // it is told again before the next message
    sayFailed(message, bubble, error.sentence || WORDS[lang].broken);
  } finally {
    if (pending === controller) {
      pending = null;
      form.classList.remove("busy");
    }
  }
}
function sayFailed(message, bubble, sentence) {
  if (bubble) bubble.remove();
  const typed = Boolean(message.text);
  if (typed) fill(box.value ? message.text + "\n" + box.value : message.text);
  welcome.hidden = Boolean(log.querySelector(".bubble"));
  addNotice(typed ? sentence + WORDS[lang].kept : sentence, typed ? submit : () => say(message));
}
async function forget() {
  const words = WORDS[lang];
  if (pending) pending.abort();
  pending = null;
  form.classList.remove("busy");
  quiet();
  fill("");
  log.querySelectorAll(".bubble, .choices").forEach((node) => node.remove());
  welcome.hidden = false;
  log.scrollTop = 0;
  if (!conversation) return;
  // On a shared phone the screen is cleared first; the server is told as soon as it can be reached.
  const gone = conversation;
  setConversation("");
  told = "";
  try {
    await post({ text: "/forget", conversation: gone }, new AbortController());
    clearTransient();
    addNotice(words.forgotten);
  } catch (error) {
    addNotice(words.unforgotten, () => { clearTransient(); setConversation(gone); forget(); });
  }
}

// ---- wiring

form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
box.addEventListener("input", () => { fit(); showCount(); });
box.addEventListener("keydown", (event) => {
  // While a Chinese word is being composed, Enter belongs to the input method (229 in old browsers).
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
function picture(event, data) {
  if (!data || !data.files || !data.files.length || data.getData("text")) return;
  event.preventDefault(); // a dropped file must not replace the page
  clearTransient();
  addNotice(WORDS[lang].picture);
}
box.addEventListener("paste", (event) => picture(event, event.clipboardData));
document.addEventListener("dragover", (event) => {
  if (event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files")) event.preventDefault();
});
document.addEventListener("drop", (event) => picture(event, event.dataTransfer));
document.querySelectorAll("[data-lang]").forEach((node) => {
  node.addEventListener("click", () => switchLanguage(node.dataset.lang));
});
find("starters").addEventListener("click", (event) => {
  const node = event.target.closest("button");
  if (!node || busy()) return;
  const label = node.textContent;
  log.focus({ preventScroll: true });
  if (node.dataset.payload) say({ text: "", button: node.dataset.payload, echo: label });
  else say({ text: label, echo: label });
});
find("size").addEventListener("click", nextSize);
find("forget").addEventListener("click", forget);
window.addEventListener("pagehide", quiet);

const size = kept(localStorageOrNull(), "size");
if (SIZES.includes(size)) document.documentElement.dataset.size = size;
lang = guess();
showLanguage();
fit();
}());
