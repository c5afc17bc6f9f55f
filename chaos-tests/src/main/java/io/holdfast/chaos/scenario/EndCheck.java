package io.holdfast.chaos.scenario;

import io.holdfast.chaos.scenario.ExpectedEnd.Ending;
import io.holdfast.chaos.scenario.ExpectedEnd.State;
import java.util.List;
import java.util.function.BiConsumer;

/** Does an expected end speak of what the start has, and of all of it? */
final class EndCheck {

    private final ExpectedEnd end;
    private final Start start;
    private final Cast cast;
    private final BiConsumer<String, String> mistakes;

    /** @param mistakes takes the path of a mistake in the file, and what is wrong */
    EndCheck(ExpectedEnd end, Start start, BiConsumer<String, String> mistakes) {
        this.end = end;
        this.start = start;
        this.cast = new Cast(start);
        this.mistakes = mistakes;
    }

    void run() {
        each("fenced", end.fenced(), cast::host);
        each("tried", end.tried(), cast::host);
        each("humans", end.humans(), name -> {
            if (!cast.isHost(name)) {
                cast.instance(name);
            }
        });
        end.cases().forEach((host, phase) -> {
            attempt("cases." + host, () -> cast.host(host));
            for (String state : phase.split("\\|", -1)) {
                attempt("cases." + host, () -> Cast.phase(state));
            }
        });
        for (int i = 0; i < end.order().size(); i++) {
            each("order[" + i + "]", end.order().get(i), fact -> Facts.check(fact, cast));
            if (end.order().get(i).size() < 2) {
                mistakes.accept("order[" + i + "]", "an order has two facts or more");
            }
        }
        end.instances().forEach(this::ending);
        for (String name : start.instances().keySet()) {
            if (!end.instances().containsKey(name)) {
                mistakes.accept("instances", "instance " + name + " is missing: how does it end?");
            }
        }
    }

    private void ending(String name, Ending ending) {
        String path = "instances." + name;
        attempt(path, () -> cast.instance(name));
        each(path + ".on", ending.on(), cast::host);
        each(path + ".never", ending.never(), cast::host);
        String move = ending.move();
        if (move != null) {
            for (String each : move.split("\\|", -1)) {
                attempt(path + ".move", () -> Cast.move(each));
            }
        }
        if (ending.state() == null) {
            mistakes.accept(path, path + ".state is missing; it is one of running, stopped, down, deleted");
        } else if (ending.state() == State.RUNNING && ending.on().isEmpty()) {
            mistakes.accept(path, path + ".on is missing: on which host, or on which of several, does it run?");
        } else if (ending.state() != State.RUNNING && !ending.on().isEmpty()) {
            mistakes.accept(path + ".on", path + ".on is only for instances that run");
        }
        for (String host : ending.on()) {
            if (ending.never().contains(host)) {
                mistakes.accept(path + ".never", "it cannot end on " + host + " and never have run there");
            }
        }
    }

    private void each(String path, List<String> words, java.util.function.Consumer<String> check) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            attempt(path + "[" + i + "]", () -> check.accept(word));
        }
    }

    private void attempt(String path, Runnable check) {
        try {
            check.run();
        } catch (Mistake mistake) {
            mistakes.accept(path, mistake.text());
        }
    }
}
