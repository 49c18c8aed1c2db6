// Now and next of every service, from the guide in the page and the phone's clock. What stands behind the '#' of the
// address, such as #2020-03-02T08:05:00+08:00, rehearses another time: the clock then runs from there.
(function () {
  "use strict";
  var guide = JSON.parse(document.getElementById("guide").textContent);
  var cards = document.querySelectorAll(".card");
  var weekdays = [["星期日", "Sun"], ["星期一", "Mon"], ["星期二", "Tue"], ["星期三", "Wed"], ["星期四", "Thu"],
    ["星期五", "Fri"], ["星期六", "Sat"]];
  var ahead = 0;

  function setClock() {
    var other = Date.parse(decodeURIComponent(location.hash.slice(1)));
    ahead = isNaN(other) ? 0 : other - Date.now();
  }

  // A Date whose UTC fields are the wall clock of the station.
  function local(at) {
    var i = guide.zone.length - 1;
    while (i > 0 && guide.zone[i][0] > at) i--;
    return new Date((at + guide.zone[i][1]) * 1000);
  }
  function two(number) {
    return (number < 10 ? "0" : "") + number;
  }
  function clock(at) {
    var time = local(at);
    return two(time.getUTCHours()) + ":" + two(time.getUTCMinutes());
  }
  function day(at) {
    return local(at).toISOString().slice(0, 10);
  }
  function weekday(at) {
    return weekdays[local(at).getUTCDay()];
  }

  function add(parent, element, words, language) {
    var child = document.createElement(element);
    child.textContent = words;
    child.dir = "auto";
    if (language) child.lang = language;
    parent.appendChild(child);
  }
  function say(slot, times, texts, who) {
    slot.querySelector(".times").textContent = times;
    slot.querySelector(".who").textContent = who;
    var place = slot.querySelector(".texts");
    place.textContent = "";
    texts.forEach(function (text, i) {
      add(place, i ? "i" : "b", text[1], text[0]);
    });
  }
  function tell(slot, events, index, now) {
    var start = events[index], programme = guide.programmes[events[index + 2]];
    var name = day(start) === day(now) ? "" : weekday(start).join(" ") + " ";
    say(slot, name + clock(start) + "–" + clock(start + events[index + 1]), programme.title, programme.who.join(" · "));
  }

  // The first event that has not ended.
  function find(events, now) {
    var low = 0, high = events.length / 3;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (events[3 * middle] + events[3 * middle + 1] <= now) low = middle + 1;
      else high = middle;
    }
    return 3 * low;
  }

  function link(card, weeks, now) {
    var today = day(now), i = weeks.length - 1;
    while (i > 0 && weeks[i][0] > today) i--;
    if (i >= 0) card.href = "./" + weeks[i][1] + "#d" + today;
  }

  function show(card, service, now) {
    var events = service.events, index = find(events, now);
    var present = index < events.length && events[index] <= now;
    var next = present ? index + 3 : index;
    var state = index + (present ? "p" : "") + day(now);
    if (present)
      card.querySelector(".bar span").style.width = (100 * (now - events[index])) / events[index + 1] + "%";
    if (card.getAttribute("data-state") === state) return;
    card.setAttribute("data-state", state);
    card.classList.toggle("idle", !present);
    if (present) tell(card.querySelector(".now"), events, index, now);
    else say(card.querySelector(".now"), "", [["zh", "现在没有课"], ["en", "No lesson now"]], "");
    if (next < events.length) tell(card.querySelector(".next"), events, next, now);
    else say(card.querySelector(".next"), "", [["zh", "课表到此为止"], ["en", "The guide ends here"]], "");
    link(card, service.weeks, now);
  }

  function tick() {
    var now = Math.floor((Date.now() + ahead) / 1000);
    document.getElementById("clock").textContent = clock(now);
    document.getElementById("date").textContent = day(now) + " " + weekday(now).join(" ");
    guide.services.forEach(function (service, i) {
      show(cards[i], service, now);
    });
    setTimeout(tick, 1000 - ((Date.now() + ahead) % 1000));
  }

  window.addEventListener("hashchange", setClock);
  setClock();
  tick();
})();
