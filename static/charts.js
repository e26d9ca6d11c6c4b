// Draws each <canvas data-chart="id"> from the JSON of that id, in the page's colours, anew when the scheme changes.
"use strict";
(() => {
  const language = document.documentElement.lang;
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  const huge = new Intl.NumberFormat(language, { notation: "scientific", maximumFractionDigits: 1 });
  const dashes = [[], [6, 3], [2, 3], [9, 3, 2, 3]]; // lines are told apart without colours too
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 18 });
  const drawn = [];
  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  function options(data) {
    const grid = { color: colour("--line"), drawTicks: false };
    const ticks = { color: colour("--ink-soft"), font: { family: "Inter", size: 12 }, padding: 6 };
    const across = data.type === "bar";
    const numbers = { beginAtZero: true, border: { display: false }, grid, ticks: { ...ticks, maxTicksLimit: 6, precision: 0, callback: (value) => (value >= 1e15 ? huge : short).format(value) } };
    const names = { border: { color: colour("--line-strong") }, grid: { display: false }, ticks: { ...ticks, autoSkip: !across, maxTicksLimit: across ? 30 : 8, maxRotation: 0 } };
    return {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: across ? "y" : "x",
      interaction: { mode: "index", intersect: false, axis: across ? "y" : "x" },
      scales: across ? { x: numbers, y: names } : { x: names, y: numbers },
      plugins: {
        legend: { display: data.series.length > 1, position: "bottom", align: "start", labels: { color: colour("--ink"), boxWidth: 10, boxHeight: 10, usePointStyle: true, pointStyle: "line", pointStyleWidth: 24, font: { family: "Inter", size: 12 } } },
        tooltip: {
          backgroundColor: colour("--ink"), titleColor: colour("--paper"), bodyColor: colour("--paper"), padding: 10, cornerRadius: 7, displayColors: data.series.length > 1, usePointStyle: true,
          titleFont: { family: "Inter", size: 12 }, bodyFont: { family: "Inter", size: 12 },
          callbacks: { label: (item) => (data.series.length > 1 ? `${item.dataset.label}: ` : "") + whole.format(item.raw) },
        },
      },
    };
  }

  function datasets(data) {
    return data.series.map((series, place) => {
      const own = colour(`--chart-${(place % 4) + 1}`);
      const line = { borderColor: own, backgroundColor: own, borderWidth: 2, borderDash: dashes[place % 4], pointRadius: 0, pointHoverRadius: 4, cubicInterpolationMode: "monotone" };
      const bar = { backgroundColor: own, borderRadius: 3, maxBarThickness: 18 };
      return { label: series.label, data: series.values, ...(data.type === "bar" ? bar : line) };
    });
  }

  function draw() {
    drawn.splice(0).forEach((chart) => chart.destroy());
    document.querySelectorAll("canvas[data-chart]").forEach((canvas) => {
      const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
      drawn.push(new Chart(canvas, { type: data.type, data: { labels: data.labels, datasets: datasets(data) }, options: options(data) }));
    });
  }

  draw();
  // A tab that was loaded since may have brought charts; those that it took away are forgotten.
  document.addEventListener("htmx:afterSettle", (event) => { if (drawn.length || event.target.querySelector?.("canvas[data-chart]")) draw(); });
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
