package io.holdfast.server.demo;

import io.holdfast.lab.Lab;
import io.holdfast.lab.Network;
import io.holdfast.server.Distribution;
import io.holdfast.server.Scratch;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.lab.Deployment;
import io.holdfast.server.lab.LabPlace;
import io.holdfast.server.logging.Logging;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast demo}. */
@Command(
        name = "demo",
        description = {
            "A host fails, and its virtual machines come back elsewhere; with milliseconds, and checked.",
            "",
            "Brings up the lab (three real libvirt hosts), starts six guests on one of them, pulls its plug, and watches.",
            "Exits 0 only if every promise was kept. Without root, or off Linux, the hosts are simulated, and it says so.",
            "",
            "To measure: --runs 100 --goals, and one of the failures. Hosts fail in turn, and each run has a line; the whole story",
            "is told of those that failed. The table at the end has minimum, p50, p90, p99 and maximum of each leg, by nearest rank,",
            "its goal, and how many runs took longer than that or never got there. Ctrl-C ends with the table of what was played.",
            "",
            "Missing Debian packages are named with the reason and installed: on a terminal after asking, --yes without;",
            "by root without a terminal at once. --no-install names the command instead and ends with 72."
        })
public final class DemoCommand implements Callable<Integer> {

    private static final int HOSTS = 3;
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration LAST_WORDS = Duration.ofSeconds(10);

    private final Terminal terminal;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "1",
            description = "tell the story N times on the same hosts, 1 to 1000 (default: 1)")
    int runs = 1;

    @Option(
            names = "--failure",
            paramLabel = "power|power-and-bmc|hang|isolated|deaf|mute|agent|libvirtd|network|storage",
            description = {
                "what befalls the host: its plug is pulled (default), or that after its BMC has died; nothing on it runs any more",
                "while its kernel still accepts connections; its cable loses link, or one of its two directions; its agent is",
                "killed; its libvirtd hangs; it loses one of two networks (management); it is cut off from the shared storage.",
                "All but the first on real hosts only."
            })
    Failure failure = Failure.POWER;

    @Option(
            names = "--goals",
            description = "a goal for the times that was missed fails the command as well (exit code 1)")
    boolean goals;

    @Option(names = "--keep", description = "leave the lab up at the end, to look around")
    boolean keep;

    @Option(names = "--simulated", description = "simulated hosts instead of real ones")
    boolean simulated;

    @Option(names = "--json", description = "one JSON object on standard output; the story goes to standard error")
    boolean json;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = {
                "where the lab keeps its files (default: where the one that is up has them; else /var/lib/holdfast-lab).",
                "With files of an earlier lab there, and without --keep: in DIR-demo, which is removed at the end, because",
                "controllers remember what failed"
            })
    @Nullable
    Path state;

    @Option(names = "--verbose", description = "with --simulated: the controller's log on standard error")
    boolean verbose;

    /** Set by ourselves when we start again inside the controller's network namespace. */
    @Option(names = "--inside", hidden = true)
    boolean inside;

    /** Whether a promise was broken on the lab. */
    private volatile boolean broken;

    /** What Ctrl-C does first. */
    private volatile Runnable onInterrupt = () -> {};

    public DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        if (runs < 1 || runs > 1000) {
            throw new IllegalArgumentException("--runs must be between 1 and 1000, is " + runs);
        }
        if (simulated && failure != Failure.POWER) {
            throw new IllegalArgumentException(
                    "--failure " + failure.word() + " needs real hosts: leave --simulated out, and run it as root");
        }
        if (inside) {
            Logging.configure(Logging.Format.TEXT, Logging.Verbosity.ERROR, null, "demo");
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> onInterrupt.run()));
            return tell(new LabStage(Deployment.in(LabPlace.of(state, Lab.active()), Distribution.ofThisProcess())));
        }
        if (simulated) {
            Logging.configure(
                    Logging.Format.TEXT, verbose ? Logging.Verbosity.INFO : Logging.Verbosity.ERROR, null, "demo");
            story().println("SIMULATED: no real host is involved; the deciding code is the same.");
            return onSimulatedHosts();
        }
        return onTheLab();
    }

    private int onSimulatedHosts() throws Exception {
        CompletableFuture<Optional<Stage>> opened = new CompletableFuture<>();
        // Ctrl-C ends this process in the middle of the story, or before it: what was started and written goes with it.
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("clean-up").unstarted(() -> {
                    onInterrupt.run();
                    opened.completeOnTimeout(Optional.empty(), START_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                            .join()
                            .ifPresent(Stage::close);
                }));
        try {
            Stage stage = SimulatedStage.open(HOSTS);
            opened.complete(Optional.of(stage));
            return tell(stage);
        } finally {
            // Without effect unless it could not be opened; then there is nothing to wait for.
            opened.complete(Optional.empty());
        }
    }

    private PrintWriter story() {
        return json ? terminal.err() : terminal.out();
    }

    private int onTheLab() throws IOException, InterruptedException {
        Optional<Path> up = Lab.active();
        boolean wasUp = up.isPresent();
        Path place = LabPlace.ofDemo(state, up, keep);
        if (!wasUp && !place.equals(LabPlace.of(state, up))) {
            // Nothing is up, so what may be there is of a demo that was killed.
            Scratch.remove(place);
        }
        Deployment deployment = Deployment.in(place, Distribution.ofThisProcess());
        if (failure.needsWatchdogs()) {
            deployment = deployment.withWatchdogs();
            if (wasUp && !Files.exists(deployment.slotDevice())) {
                throw new IllegalArgumentException("--failure " + failure
                        + " needs hosts with watchdogs, and those of the lab that is up have none: holdfast lab down, and try"
                        + " again");
            }
        }
        if (failure.needsStorageNetwork()) {
            deployment = deployment.withNetworks(Set.of(Network.STORAGE));
            if (wasUp && !deployment.hasStorageNetwork()) {
                throw new IllegalArgumentException(
                        "--failure " + failure
                                + " needs agents in a group on the storage network, and those of the lab that is up are in none: holdfast lab down, and try again");
            }
        }
        if (failure.needsStorageByCable()) {
            deployment = deployment.withStorage(Deployment.Storage.NBD);
            if (wasUp && !deployment.hasStorageByCable()) {
                throw new IllegalArgumentException(
                        "--failure " + failure
                                + " needs storage over the network, and that of the lab that is up is not: holdfast lab down, and try again");
            }
        }
        if (runs > HOSTS) {
            if (wasUp && !deployment.isForRepeatedFailures()) {
                throw new IllegalArgumentException(
                        "--runs " + runs + " has hosts fail more than once, and the lab that is up"
                                + " puts those into quarantine: holdfast lab down, and try again");
            }
            deployment = deployment.forRepeatedFailures();
            story().println("The same host fails more than once in " + runs + " runs, on purpose. So nobody counts");
            story().println("how often: flap-limit and fences-per-window are 1000, and agents start");
            story().println("libvirt again up to 100 times in ten minutes.");
        }
        Deployment made = deployment;
        boolean leave = keep || wasUp;
        boolean ours = !Files.exists(place);
        // A person who is tired of watching presses Ctrl-C, and must not find namespaces and bridges afterwards.
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            onInterrupt.run();
            if (!leave) {
                takeDown(made, ours && !broken ? place : null);
            }
        }));
        story().println("Bringing up the lab");
        deployment.up(HOSTS, line -> story().println("   " + line));
        Process told = deployment
                .lab()
                .inController(Distribution.ofThisProcess().command(insideArguments(place)))
                .inheritIO()
                .start();
        onInterrupt = () -> letEnd(told);
        int code = told.waitFor();
        broken = code == Report.BROKEN;
        if (broken && !leave) {
            // Whoever looks for the cause of one run in a hundred needs what was logged in it.
            story().println();
            story().println("Its logs, and all other files of this lab, stay in " + place);
            story().println("(hosts/*/log, controller/controller.log).");
        }
        if (leave) {
            story().println();
            story().println("The lab is still up. Look around:");
            story().println("  ./holdfast lab status");
            story().println("  ./holdfast lab shell -- holdfast host list");
            story().println("  ./holdfast lab down");
        }
        return code;
    }

    /** Whoever tells the story has the table to print, and that while the lab is still there. */
    private static void letEnd(Process told) {
        told.destroy();
        try {
            if (!told.waitFor(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
                told.destroyForcibly();
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }

    private String[] insideArguments(Path place) {
        List<String> arguments = new ArrayList<>(List.of(
                "demo",
                "--inside",
                "--state",
                place.toString(),
                "--runs",
                Integer.toString(runs),
                "--failure",
                failure.word()));
        if (goals) {
            arguments.add("--goals");
        }
        if (json) {
            arguments.add("--json");
        }
        return arguments.toArray(String[]::new);
    }

    /** @param ours the files that nobody had before us, or null */
    private void takeDown(Deployment deployment, @Nullable Path ours) {
        deployment.lab().down(line -> {});
        if (ours == null) {
            return;
        }
        try {
            Scratch.remove(ours);
        } catch (IOException e) {
            terminal.err()
                    .println("holdfast: the lab is down, but its files in " + ours + " could not be removed: " + e);
        }
    }

    private int tell(Stage stage) {
        Narrator narrator = runs == 1 ? Narrator.of(story()) : Narrator.ofMany(story());
        Tally tally = new Tally(failure, stage.simulated(), runs);
        Curtain curtain = new Curtain(tally, narrator, json ? terminal.out() : null);
        onInterrupt = curtain::interrupt;
        try (stage;
                Cluster cluster = new Cluster(stage);
                OwnerInbox inbox = ReceiverInbox.on(stage.receiverAddress())) {
            cluster.awaitReady(START_LIMIT);
            new Runs(new Story(stage, failure, cluster, inbox, narrator), tally, narrator).all(stage.hosts());
        } finally {
            // The end of this process runs the same hook as Ctrl-C.
            onInterrupt = () -> {};
        }
        return curtain.fall().exitCode(goals);
    }
}
