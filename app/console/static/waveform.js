// Draws server-made peaks over a native <audio>, which stays the control for keyboard and no script.
(() => {
  "use strict";
  const nonce = document.querySelector('meta[name="style-nonce"]').content;
  const colours = { wave: "#8aa1b8", progress: "#14385c", block: "rgba(168, 40, 26, .22)", review: "rgba(214, 139, 0, .25)", none: "rgba(31, 111, 196, .2)" };

  function draw(figure) {
    if (figure.dataset.drawn) return;
    figure.dataset.drawn = "yes";
    const audio = figure.querySelector("audio");
    const regions = WaveSurfer.Regions.create();
    const surfer = WaveSurfer.create({
      container: figure.querySelector("[data-canvas]"),
      media: audio,
      peaks: [JSON.parse(figure.dataset.peaks)],
      duration: Number(figure.dataset.duration),
      height: 72,
      waveColor: colours.wave,
      progressColor: colours.progress,
      cursorColor: "#a8281a",
      normalize: true,
      cspNonce: nonce,
      plugins: [regions],
    });
    surfer.once("ready", () => {
      for (const region of JSON.parse(figure.dataset.regions || "[]")) {
        regions.addRegion({ start: region.start, end: region.end, content: region.label, color: colours[region.band], drag: false, resize: false });
      }
    });
  }

  function playPassage(button) {
    const audio = document.querySelector(`#${CSS.escape(button.dataset.play)} audio`);
    const end = Number(button.dataset.to);
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    const stop = () => {
      if (audio.currentTime >= end || audio.paused) {
        if (audio.currentTime >= end) audio.pause();
        audio.removeEventListener("timeupdate", stop);
      }
    };
    audio.currentTime = Number(button.dataset.from);
    audio.play().then(() => audio.addEventListener("timeupdate", stop));
  }

  const drawAll = (root) => root.querySelectorAll("[data-peaks]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.target));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-play]");
    if (button) playPassage(button);
  });
})();
