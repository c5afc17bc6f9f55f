package io.holdfast.chaos.sim.cli;

import io.holdfast.chaos.scenario.Scenarios;
import io.holdfast.chaos.sim.Campaign;
import io.holdfast.chaos.sim.Faults;
import io.holdfast.chaos.sim.HistoricFailures;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.Outcome;
import io.holdfast.chaos.sim.Trial;
import io.holdfast.chaos.sim.Violation;
import io.holdfast.chaos.sim.Workload;
import io.holdfast.chaos.sim.mutant.Mutants;
import io.holdfast.chaos.sim.mutant.Mutants.Mutant;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast simulate}: hunts for mistakes of the recovery core in virtual time. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        description = {
            "Hunts for mistakes of recovery in a simulated cluster.",
            "",
            "Plays the product's own decisions against failures of every kind, in virtual time, and checks after every",
            "event that nothing runs twice, nobody healthy is shot, and everything is recovered in the end. A seed is"
                    + " a",
            "story: the same number tells the same one again, on every machine.",
            "",
            "Exit codes: 0 no violation, 2 a violation (or wrong usage), 1 the simulation itself failed."
        })
final class SimulateCommand implements Callable<Integer> {

    private static final int VIOLATION = 2;
    private static final long MUTANT_SEEDS = 10_000;
    private static final int USUAL_PACE = 60;
    private static final int MOST_PACE = 10_000;
    private static final Duration PROGRESS = Duration.ofSeconds(5);

    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--seeds", paramLabel = "A..B", description = "Try every seed from A to B. Default: 1..100.")
    private @Nullable String seeds;

    @Option(names = "--seed", paramLabel = "N", description = "Try one seed.")
    private @Nullable Long seed;

    @Option(names = "--hosts", paramLabel = "N", description = "Hosts, 1 to 1000. Default: 3 to 8, by seed.")
    private @Nullable Integer hosts;

    @Option(names = "--instances", paramLabel = "N", description = "Instances, 0 to 10000. Default: 5 to 30, by seed.")
    private @Nullable Integer instances;

    @Option(names = "--controllers", paramLabel = "N", description = "Controllers, 1 to 9. Default: 3.")
    private int controllers = 3;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Seeds that are played at the same time, 1 to 256. Default: one per processor.")
    private @Nullable Integer threads;

    @Option(names = "--minutes", paramLabel = "N", description = "Virtual minutes with faults. Default: 10.")
    private double minutes = 10;

    @Option(
            names = "--faults",
            paramLabel = "LIST",
            description = {
                "Which faults may happen: all (each seed takes about half of them), none, or words with commas between",
                "them, all of which then happen. An unknown word is answered with the known ones. Default: all."
            })
    private String faults = "all";

    @Option(names = "--story", description = "Print everything that happens, with virtual time.")
    private boolean story;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = "--mutant",
            paramLabel = "NAME",
            description = "Plant one known mistake, and stop where it is found.")
    private @Nullable String mutant;

    @Option(names = "--all-mutants", description = "Plant every known mistake in turn; each must be found.")
    private boolean allMutants;

    @Option(
            names = "--trace",
            paramLabel = "FOLDER",
            description = {
                "Take instances from this trace: a folder with v1.dev.txt and flav_map.txt for their sizes. If it also has",
                "v1.dev.cN.txt and v1.interval_map.txt, which say how long they stayed, they arrive and leave as recorded",
                "while faults happen, at most --instances of them at the same time."
            })
    private @Nullable Path trace;

    @Option(
            names = "--trace-pace",
            paramLabel = "N",
            description =
                    "With --trace: N times as fast as recorded; 1 is real time. Default: 60, a minute in a second.")
    private @Nullable Double tracePace;

    @Option(
            names = "--failures",
            paramLabel = "FILE",
            description = {
                "Let hosts fail as in this list (comma-separated, may be .gz, with the columns of LA-UR-05-7318): of what, how",
                "many at once and for how long, in the place of host-power, kernel-hang, host-partition and rack."
            })
    private @Nullable Path failures;

    @Option(
            names = "--failures-pace",
            paramLabel = "N",
            description = {
                "With --failures: N times as often as in the list; 1 is real time. Default: a burst every three minutes,",
                "with a second for each minute of repair."
            })
    private @Nullable Double failuresPace;

    @Option(
            names = "--scenario",
            paramLabel = "DIR",
            description = {
                "Play the scenario in this folder, or every scenario below it, and compare what happens with what its",
                "author expects. How to write one is in docs/scenarios.md. Exit code 1: a file is wrong."
            })
    private @Nullable Path scenario;

    @Option(
            names = "--record",
            description = "With --scenario: write down the story where nothing but the story differs. Read it first.")
    private boolean record;

    SimulateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Logging.silence();
        if (scenario != null) {
            if (seed != null || seeds != null || mutant != null || allMutants) {
                throw usage("--scenario can only be combined with --record, --story and --json");
            }
            return Scenarios.onTheSimulator()
                    .run(scenario, new Scenarios.Wanted(record, json, story), terminal.out(), terminal.err());
        }
        if (record) {
            throw usage("--record is for --scenario");
        }
        Trial trial = trial();
        long[] range = range();
        return allMutants ? mutants(trial, range) : search(trial, range);
    }

    // ---- options

    private Trial trial() throws IOException {
        Faults some = checked(() -> Faults.parse(faults));
        within("--hosts", hosts, 1, 1000);
        within("--instances", instances, 0, 10_000);
        within("--controllers", controllers, 1, 9);
        within("--threads", threads, 1, 256);
        if (!(minutes >= 0 && minutes <= 1_000_000)) {
            throw usage("--minutes must be between 0 and 1000000, is " + minutes);
        }
        return new Trial(
                hosts,
                instances,
                controllers,
                Duration.ofMillis((long) (minutes * 60_000)),
                some,
                !faults.equals("all"),
                workload(),
                historic());
    }

    private Workload workload() throws IOException {
        Double pace = tracePace;
        Path folder = trace;
        if (pace != null && folder == null) {
            throw usage("--trace-pace is for --trace");
        }
        if (pace != null && !(pace > 0 && pace <= MOST_PACE)) {
            throw usage("--trace-pace must be above 0 and at most " + MOST_PACE + ", is " + pace);
        }
        return folder == null ? Workload.usual() : TraceWorkload.of(folder, pace == null ? USUAL_PACE : pace);
    }

    private @Nullable HistoricFailures historic() throws IOException {
        Double pace = failuresPace;
        Path list = failures;
        if (pace != null && list == null) {
            throw usage("--failures-pace is for --failures");
        }
        if (pace != null && !(pace > 0 && pace <= 1_000_000_000)) {
            throw usage("--failures-pace must be above 0 and at most 1000000000, is " + pace);
        }
        return list == null ? null : new HistoricFailures(FailureList.of(list), pace == null ? 0 : pace);
    }

    private Campaign campaign(long[] range) {
        Integer given = threads;
        return given == null ? new Campaign(range[0], range[1]) : new Campaign(range[0], range[1], given);
    }

    private void within(String option, @Nullable Integer value, int least, int most) {
        if (value != null && (value < least || value > most)) {
            throw usage(option + " must be between " + least + " and " + most + ", is " + value);
        }
    }

    private long[] range() {
        String given = seeds;
        if (seed != null) {
            if (given != null) {
                throw usage("--seed and --seeds exclude each other");
            }
            return new long[] {seed, seed};
        }
        if (given == null) {
            return allMutants || mutant != null ? new long[] {1, MUTANT_SEEDS} : new long[] {1, 100};
        }
        String[] ends = given.split("\\.\\.", -1);
        try {
            if (ends.length == 2) {
                long first = Long.parseLong(ends[0]);
                long last = Long.parseLong(ends[1]);
                if (first <= last) {
                    return new long[] {first, last};
                }
            }
        } catch (NumberFormatException notNumbers) {
            throw usage("--seeds must be A..B with whole numbers, is '" + given + "'");
        }
        throw usage("--seeds must be A..B with A not greater than B, is '" + given + "'");
    }

    private <T> T checked(Supplier<T> option) {
        try {
            return option.get();
        } catch (IllegalArgumentException wrong) {
            throw usage(String.valueOf(wrong.getMessage()));
        }
    }

    private ParameterException usage(String message) {
        CommandSpec known = spec;
        if (known == null) {
            throw new IllegalStateException("not called by the command line");
        }
        return new ParameterException(known.commandLine(), message);
    }

    private Mutant known(String name) {
        return Mutants.named(name)
                .orElseThrow(() -> usage("unknown mutant '" + name + "'; known are "
                        + Mutants.all().stream().map(Mutant::name).collect(Collectors.joining(", "))));
    }

    // ---- running

    private int search(Trial trial, long[] range) {
        Supplier<Mutation> mutation =
                mutant == null ? Mutation::new : known(mutant).mutation();
        Campaign campaign = campaign(range);
        Effort.Since began = new Effort.Since();
        Thread interrupted = Thread.ofPlatform().unstarted(() -> {
            campaign.stop();
            Report.print(terminal, campaign.outcomes(), began.now(), json, false);
            terminal.out().flush();
        });
        Runtime.getRuntime().addShutdownHook(interrupted);
        AtomicInteger tried = new AtomicInteger();
        AtomicInteger found = new AtomicInteger();
        AtomicLong told = new AtomicLong(System.nanoTime());
        campaign.run(trial, mutation, story, mutant != null, outcome -> {
            found.addAndGet(outcome.violations().size());
            progress(told, tried.incrementAndGet(), range[1] - range[0] + 1, found.get());
            if (!json) {
                tell(outcome);
            }
        });
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException ending) {
            // Ctrl-C came first: the hook is printing what there is.
            return VIOLATION;
        }
        Report.print(terminal, campaign.outcomes(), began.now(), json, story);
        return found.get() == 0 ? 0 : VIOLATION;
    }

    private void tell(Outcome outcome) {
        synchronized (terminal) {
            if (story) {
                outcome.story().forEach(terminal.out()::println);
            }
            for (Violation violation : outcome.violations()) {
                terminal.out()
                        .println("seed " + violation.seed() + ": " + violation.invariant() + " is violated after "
                                + seconds(violation.at()) + " s: " + violation.what());
                if (!story) {
                    violation.story().forEach(line -> terminal.out().println("  " + line));
                }
            }
            terminal.out().flush();
        }
    }

    private int mutants(Trial trial, long[] range) {
        List<Report.Found> all = new ArrayList<>();
        long began = System.nanoTime();
        for (Mutant one : Mutants.all()) {
            Outcome killed = null;
            if (one.killer() != 0) {
                Outcome known = trial.run(one.killer(), one.mutation().get(), false);
                killed = known.violations().isEmpty() ? null : known;
            }
            if (killed == null) {
                Campaign campaign = campaign(range);
                AtomicInteger tried = new AtomicInteger();
                AtomicLong told = new AtomicLong(System.nanoTime());
                campaign.run(
                        trial,
                        one.mutation(),
                        false,
                        true,
                        _ -> progress(told, tried.incrementAndGet(), range[1] - range[0] + 1, 0));
                killed = campaign.outcomes().stream()
                        .filter(outcome -> !outcome.violations().isEmpty())
                        .findFirst()
                        .orElse(null);
            }
            Violation violation = killed == null ? null : killed.violations().getFirst();
            Report.Found found = new Report.Found(one.name(), violation);
            all.add(found);
            if (!json) {
                terminal.out().println(found.line());
                terminal.out().flush();
            }
        }
        boolean each = all.stream().allMatch(found -> found.violation() != null);
        Report.printMutants(terminal, all, seconds(began), json);
        return each ? 0 : VIOLATION;
    }

    private void progress(AtomicLong told, int tried, long of, int found) {
        long last = told.get();
        long now = System.nanoTime();
        if (now - last > PROGRESS.toNanos() && told.compareAndSet(last, now)) {
            terminal.err().println("holdfast: " + tried + " of " + of + " seeds, " + found + " violations");
            terminal.err().flush();
        }
    }

    private static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e9);
    }
}
