package io.holdfast.chaos.bench.alarms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Worlds one after the other, on several threads, until so many host hours have passed. */
public final class FalseAlarms {

    private static final double RATIO_TARGET = 50;

    private final double hostHours;
    private final long firstSeed;
    private final Duration each;
    private final int threads;
    private final Tuning tuning;
    private final Supplier<Mutation> mutation;
    private final Consumer<String> progress;

    /**
     * @param hostHours at least so many are simulated
     * @param each virtual time with faults in each world
     * @param mutation the product as it is, or with a mistake planted; a fresh one for each world
     */
    public FalseAlarms(
            double hostHours,
            long firstSeed,
            Duration each,
            int threads,
            Tuning tuning,
            Supplier<Mutation> mutation,
            Consumer<String> progress) {
        this.hostHours = hostHours;
        this.firstSeed = firstSeed;
        this.each = each;
        this.threads = threads;
        this.tuning = tuning;
        this.mutation = mutation;
        this.progress = progress;
    }

    /** What has been counted, and every violation with its story. */
    public record Outcome(List<Line> lines, List<Violation> violations, boolean kept) {}

    /** Plays them all. */
    public Outcome run() {
        AtomicLong next = new AtomicLong(firstSeed);
        DoubleAdder hours = new DoubleAdder();
        ConcurrentLinkedQueue<AlarmWorld.Result> results = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();
        AtomicLong told = new AtomicLong(System.nanoTime());
        List<Thread> playing = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            playing.add(Thread.ofPlatform().name("alarms-" + i).daemon().start(() -> {
                while (hours.sum() < hostHours && defects.isEmpty()) {
                    long seed = next.getAndIncrement();
                    try {
                        AlarmWorld.Result result = AlarmWorld.play(seed, each, tuning, mutation.get());
                        results.add(result);
                        hours.add(result.hostHours());
                    } catch (RuntimeException defect) {
                        defects.add(new IllegalStateException("seed " + seed + ": " + defect, defect));
                    }
                    long last = told.get();
                    if (System.nanoTime() - last > 5_000_000_000L && told.compareAndSet(last, System.nanoTime())) {
                        progress.accept(String.format(Locale.ROOT, "%.0f of %.0f host hours", hours.sum(), hostHours));
                    }
                }
            }));
        }
        try {
            for (Thread thread : playing) {
                thread.join();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable defect = defects.peek();
        if (defect != null) {
            throw new IllegalStateException("the simulation itself failed", defect);
        }
        return outcome(List.copyOf(results));
    }

    private static Outcome outcome(List<AlarmWorld.Result> results) {
        double hours =
                results.stream().mapToDouble(AlarmWorld.Result::hostHours).sum();
        List<Violation> violations =
                results.stream().flatMap(result -> result.violations().stream()).toList();
        List<Line> lines = new ArrayList<>();
        lines.add(fences(results, hours, violations));
        lines.add(speed(results));
        for (Condition condition : Condition.values()) {
            if (condition != Condition.FAULTY) {
                lines.add(compared(
                        "swim-" + condition.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        "false suspicions of hosts " + condition.words(),
                        count(results, AlarmWorld.Result::ours, condition),
                        count(results, AlarmWorld.Result::swim, condition),
                        hours,
                        false));
            }
        }
        lines.add(compared(
                "swim",
                "false suspicions of hosts that were not faulty, all of these",
                wrong(results, AlarmWorld.Result::ours),
                wrong(results, AlarmWorld.Result::swim),
                hours,
                true));
        int confirmedWrongly = wrong(results, AlarmWorld.Result::swimConfirmed);
        int wrongful = results.stream().mapToInt(AlarmWorld.Result::wrongful).sum();
        lines.add(new Line(
                "verdicts",
                "hosts that were not faulty, and condemned",
                wrongful + " by Holdfast, " + confirmedWrongly + " confirmed dead by SWIM",
                "",
                true,
                figures().put("holdfast", wrongful).put("swim", confirmedWrongly)));
        boolean kept = lines.stream().allMatch(Line::kept);
        return new Outcome(lines, violations, kept);
    }

    private static Line fences(List<AlarmWorld.Result> results, double hours, List<Violation> violations) {
        int died = results.stream().mapToInt(AlarmWorld.Result::died).sum();
        int missed = results.stream().mapToInt(AlarmWorld.Result::missed).sum();
        int condemned = results.stream().mapToInt(AlarmWorld.Result::condemned).sum();
        int fences = results.stream().mapToInt(AlarmWorld.Result::fences).sum();
        int wrongful = results.stream().mapToInt(AlarmWorld.Result::wrongful).sum();
        return new Line(
                "fences",
                String.format(
                        Locale.ROOT,
                        "%.0f host hours in %d worlds of 50 to 128 hosts: pauses, 20 %% loss on a tenth, flip-flop, one-way cuts, deaths",
                        hours,
                        results.size()),
                String.format(
                        Locale.ROOT,
                        "%d wrongful of %d verdicts and %d fences; %d hosts died, %d of them not condemned within a minute; %d"
                                + " violations",
                        wrongful,
                        condemned,
                        fences,
                        died,
                        missed,
                        violations.size()),
                "0 wrongful, none missed",
                violations.isEmpty() && wrongful == 0 && missed == 0,
                figures()
                        .put("hostHours", hours)
                        .put("worlds", results.size())
                        .put("died", died)
                        .put("missed", missed)
                        .put("condemned", condemned)
                        .put("fences", fences)
                        .put("wrongful", wrongful)
                        .put("violations", violations.size()));
    }

    private static Line speed(List<AlarmWorld.Result> results) {
        List<Double> ours = sorted(results, AlarmWorld.Result::ourDelays);
        List<Double> theirs = sorted(results, AlarmWorld.Result::swimDelays);
        double our = at(ours, 0.5);
        double their = at(theirs, 0.5);
        return new Line(
                "speed",
                "a death until it is suspected: Holdfast against SWIM",
                String.format(
                        Locale.ROOT,
                        "median %.0f ms against %.0f ms; p99 %.0f ms against %.0f ms",
                        our * 1000,
                        their * 1000,
                        at(ours, 0.99) * 1000,
                        at(theirs, 0.99) * 1000),
                "Holdfast's median not above SWIM's, or the comparison is worth nothing",
                our <= their,
                figures()
                        .put("deaths", ours.size())
                        .put("medianSeconds", our)
                        .put("p99Seconds", at(ours, 0.99))
                        .put("swimMedianSeconds", their)
                        .put("swimP99Seconds", at(theirs, 0.99)));
    }

    private static Line compared(String name, String what, int ours, int theirs, double hours, boolean judged) {
        double ratio = theirs / (double) Math.max(1, ours);
        return new Line(
                name,
                what,
                String.format(
                        Locale.ROOT,
                        "Holdfast %d (%.4f per host hour), SWIM %d (%.4f per host hour): %s%.1f times fewer",
                        ours,
                        ours / hours,
                        theirs,
                        theirs / hours,
                        ours == 0 ? "at least " : "",
                        ratio),
                judged ? "≥ " + (int) RATIO_TARGET + " times fewer" : "",
                !judged || ratio >= RATIO_TARGET,
                figures()
                        .put("holdfast", ours)
                        .put("swim", theirs)
                        .put("hostHours", hours)
                        .put("ratio", ratio));
    }

    private static int count(
            List<AlarmWorld.Result> results,
            Function<AlarmWorld.Result, Map<Condition, Integer>> whose,
            Condition condition) {
        return results.stream()
                .mapToInt(result -> whose.apply(result).getOrDefault(condition, 0))
                .sum();
    }

    private static int wrong(
            List<AlarmWorld.Result> results, Function<AlarmWorld.Result, Map<Condition, Integer>> whose) {
        int sum = 0;
        for (Condition condition : Condition.values()) {
            sum += condition == Condition.FAULTY ? 0 : count(results, whose, condition);
        }
        return sum;
    }

    private static List<Double> sorted(
            List<AlarmWorld.Result> results, Function<AlarmWorld.Result, List<Double>> whose) {
        return results.stream()
                .flatMap(result -> whose.apply(result).stream())
                .sorted()
                .toList();
    }

    private static double at(List<Double> sorted, double share) {
        return sorted.isEmpty() ? 0 : sorted.get(Math.min(sorted.size() - 1, (int) (share * sorted.size())));
    }

    private static ObjectNode figures() {
        return JsonNodeFactory.instance.objectNode();
    }
}
