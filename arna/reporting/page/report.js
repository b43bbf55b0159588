// The language stands in the fragment: #ru, or #ru-gaps for a section. Another language keeps the reader's section.
(() => {
  "use strict";
  const root = document.documentElement;
  const links = [...document.querySelectorAll("[data-language]")];
  const languages = links.map((link) => link.dataset.language);

  const ofReader = () =>
    navigator.languages.map((name) => name.slice(0, 2).toLowerCase()).find((name) => languages.includes(name));

  const inFragment = () => {
    const found = location.hash.slice(1).split("-")[0];
    return languages.includes(found) ? found : undefined;
  };

  let shown = inFragment() ?? (("followsReader" in root.dataset && ofReader()) || root.dataset.first);

  const sectionInView = () => {
    const passed = [...document.querySelectorAll(`#${shown} > .section`)].filter(
      (section) => section.getBoundingClientRect().top < innerHeight / 3,
    );
    return passed.at(-1)?.id.slice(shown.length) ?? "";
  };

  const show = () => {
    root.dataset.shown = shown;
    root.lang = shown;
    document.title = document.getElementById(shown).dataset.title;
    for (const link of links) {
      if (link.dataset.language === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };

  for (const link of links) {
    link.addEventListener("click", () => {
      link.hash = `#${link.dataset.language}${sectionInView()}`;
    });
  }
  addEventListener("hashchange", () => {
    shown = inFragment() ?? shown;
    show();
    // It was not on the page yet when the browser looked for it.
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  });
  show();
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
