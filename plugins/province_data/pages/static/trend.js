// Draws the scores over the loads. The same figures stand in the tables below, so nothing is lost without it.
"use strict";
(() => {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name) => styles.getPropertyValue(name).trim();
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
  for (const figure of document.querySelectorAll("figure.trend")) {
    const given = JSON.parse(figure.dataset.trend);
    const place = figure.querySelector(".canvas");
    const numbers = given.lines.flatMap((line) => line.values).filter((value) => value !== null);
    const lowest = Math.max(0, Math.floor(Math.min(...numbers) / 5) * 5 - 5);
    const axis = { stroke: colour("--text"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "13px system-ui, sans-serif" };
    const options = {
      width: place.clientWidth,
      height: 260,
      scales: { x: { time: false, range: (_, low, high) => [low - 0.3, high + 0.3] }, y: { range: [lowest, 101] } },
      axes: [
        { ...axis, splits: () => given.loads.map((_, place) => place).filter((place) => place % Math.ceil(given.loads.length / Math.max(1, figure.clientWidth / 110)) === 0), values: (_, places) => places.map((place) => given.days[place] ?? "") },
        { ...axis, size: 46 },
      ],
      series: [
        { label: given.load, value: (_, __, ___, place) => (place === null ? "–" : `${given.loads[place]} (${given.days[place]})`) },
        ...given.lines.map((line, place) => ({
          label: line.name,
          stroke: colour(`--series-${place % 4}`),
          dash: dashes[place % 4],
          width: 2,
          spanGaps: true,
          points: { show: true, size: 7, fill: colour(`--series-${place % 4}`) },
          value: (_, __, ___, at) => (at === null ? "–" : line.written[at]),
        })),
      ],
    };
    const chart = new uPlot(options, [given.loads.map((_, place) => place), ...given.lines.map((line) => line.values)], place);
    // The newest figures are shown until the pointer chooses others.
    const newest = () => chart.setLegend({ idx: given.loads.length - 1 });
    new ResizeObserver(() => { chart.setSize({ width: place.clientWidth, height: 260 }); newest(); }).observe(place);
    chart.over.addEventListener("mouseleave", () => setTimeout(newest));
  }
})();
