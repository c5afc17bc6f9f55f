package io.holdfast.chaos.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.pki.CertificateAuthority;
import io.holdfast.server.pki.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Membership at the size of a segment and far beyond it, on this machine's loopback. */
public final class MembershipBench {

    private static final Duration GRACE = MembershipSettings.defaults().grace();
    private static final int WARM_UP_AGENTS = 200;
    private static final Duration BOOTSTRAP_TARGET = Duration.ofSeconds(20);
    private static final int VIEWS_TARGET = 10;
    private static final Duration PROGRESS = Duration.ofSeconds(5);

    /** Past the target by enough to say by how much it was missed. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** So long after the last crash nothing more belongs to it. */
    private static final Duration AFTERMATH = Duration.ofSeconds(3);

    /** What starts up takes processor time that is not the steady state's. */
    private static final Duration CALM = Duration.ofSeconds(12);

    private final Options options;
    private final Path directory;
    private final Consumer<String> progress;
    private final TlsKeys controller;
    private final TlsKeys agent;
    private int rigs;

    /**
     * @param agents in the steady state, 2 to 20000
     * @param members of the bootstrap, 2 to 20000
     * @param crashes at one moment, 1 to a third of the agents
     * @param arrival over which the members come
     * @param window of the steady state
     * @param whole sizes at which whole agents are measured, with the product's own group; may be empty
     */
    public record Options(
            int agents, int members, int crashes, Duration arrival, Duration window, List<Integer> whole) {
        public Options {
            within("agents", agents, 2, 20_000);
            within("members", members, 2, 20_000);
            within("crashes", crashes, 1, Math.max(1, agents / 3));
            whole = List.copyOf(whole);
            whole.forEach(size -> within("whole", size, 2, 128));
            if (arrival.isNegative() || window.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("--window must be 1 s or more, --arrival not below 0");
            }
        }

        private static void within(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(
                        "--" + name + " must be between " + least + " and " + most + ", is " + value);
            }
        }
    }

    /** @param directory of its own, for keys and ZooKeeper's files */
    public MembershipBench(Options options, Path directory, Consumer<String> progress) {
        this.options = options;
        this.directory = directory;
        this.progress = progress;
        CertificateAuthority authority =
                CertificateAuthority.create(directory.resolve("pki"), "bench", InstantSource.system());
        this.controller = keys(authority, "controller", Role.CONTROLLER);
        this.agent = keys(authority, "agent", Role.AGENT);
    }

    private static TlsKeys keys(CertificateAuthority authority, String name, Role role) {
        return new TlsKeys(
                "tls",
                authority.issue(name, role, List.of("localhost"), List.of("127.0.0.1")),
                SecretReader.ofCommand(Map.of()));
    }

    /** Everything; each line is passed on as soon as it is there. */
    public boolean run(Consumer<Line> lines) throws IOException {
        boolean[] kept = {true};
        Consumer<Line> counted = line -> {
            kept[0] &= line.kept();
            lines.accept(line);
        };
        bootstrap(counted);
        steadyAndCrash(counted);
        for (int size : options.whole()) {
            whole(size, counted);
        }
        return kept[0];
    }

    private Rig rig(int most, boolean whole, Duration grace) throws IOException {
        return new Rig(directory.resolve("zookeeper-" + ++rigs), controller, agent, most, whole, grace);
    }

    // ---- a segment is switched on

    private void bootstrap(Consumer<Line> lines) throws IOException {
        int members = options.members();
        progress.accept(members + " members come, within " + text(options.arrival()));
        try (Rig rig = rig(members, false, LIMIT)) {
            rig.order("warm " + Math.min(WARM_UP_AGENTS, members));
            ProcessFigures before = ProcessFigures.of(ProcessHandle.current().pid());
            long began = System.nanoTime();
            rig.order("arrive " + members + " " + options.arrival().toMillis());
            boolean all = allAlive(rig, members);
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            int views = rig.leases().leaseViews();
            ProcessFigures after = ProcessFigures.of(ProcessHandle.current().pid());
            JsonNode counts = rig.order("counts");
            double cpu = seconds(after.cpu().minus(before.cpu()));
            ObjectNode figures = figures();
            figures.put("members", members)
                    .put("alive", rig.alive())
                    .put("seconds", seconds(took))
                    .put("arrivalSeconds", seconds(options.arrival()))
                    .put("leaseViews", views)
                    .put("controllerCpuSeconds", cpu)
                    .put("sessionsExpired", counts.get("expired").asLong())
                    .put("connectionsLost", counts.get("reconnects").asLong())
                    .put("failures", counts.get("failures").asText());
            lines.accept(new Line(
                    "bootstrap",
                    members + " members register (leases alone, no heartbeats), over " + text(options.arrival())
                            + "; until all of them are alive to the controller",
                    String.format(
                            Locale.ROOT,
                            "%s; %.1f s of the controller's processor time; %d sessions expired",
                            all
                                    ? String.format(Locale.ROOT, "%.1f s", seconds(took))
                                    : "NOT all of them: " + rig.alive(),
                            cpu,
                            counts.get("expired").asLong()),
                    "≤ " + text(BOOTSTRAP_TARGET),
                    all && took.compareTo(BOOTSTRAP_TARGET) <= 0,
                    figures));
            lines.accept(new Line(
                    "views",
                    "distinct views of the leases until then",
                    Integer.toString(views),
                    "≤ " + VIEWS_TARGET,
                    all && views <= VIEWS_TARGET,
                    figures().put("leaseViews", views)));
        }
    }

    // ---- a day like any other, and then ten hosts at once

    private void steadyAndCrash(Consumer<Line> lines) throws IOException {
        int agents = options.agents();
        progress.accept(agents + " agents come");
        try (Rig rig = rig(agents, false, GRACE)) {
            rig.order("beat");
            rig.order("warm " + Math.min(WARM_UP_AGENTS, agents));
            rig.order("arrive " + agents + " " + options.arrival().toMillis());
            if (!allAlive(rig, agents)) {
                lines.accept(new Line(
                        "calm",
                        agents + " agents, and nothing else",
                        "NOT all of them alive after " + text(LIMIT) + ": " + rig.alive(),
                        "all alive",
                        false,
                        figures().put("alive", rig.alive()).put("agents", agents)));
                return;
            }
            progress.accept("a window of " + text(options.window()) + " after " + text(CALM));
            LockSupport.parkNanos(CALM.toNanos());
            steady(rig, lines);
            progress.accept(options.crashes() + " of them crash");
            crash(rig, lines);
        }
    }

    private void steady(Rig rig, Consumer<Line> lines) throws IOException {
        int agents = options.agents();
        long own = ProcessHandle.current().pid();
        int eventsBefore = rig.events().size();
        JsonNode countsBefore = rig.order("counts");
        ProcessFigures before = ProcessFigures.of(own);
        ProcessFigures agentsBefore = ProcessFigures.of(rig.agentsPid());
        long began = System.nanoTime();
        long loopback = ProcessFigures.loopbackBytes();
        LockSupport.parkNanos(options.window().toNanos());
        double window = (System.nanoTime() - began) / 1e9;
        ProcessFigures after = ProcessFigures.of(own);
        ProcessFigures agentsAfter = ProcessFigures.of(rig.agentsPid());
        JsonNode counts = rig.order("counts");
        double loopbackPerAgent = (ProcessFigures.loopbackBytes() - loopback) / window / agents;
        double each = 1 / window / agents;
        double in = difference(counts, countsBefore, "received") * each;
        double out = difference(counts, countsBefore, "sent") * each;
        double beats = difference(counts, countsBefore, "beats") * each;
        double requests = difference(counts, countsBefore, "requests") * each;
        long expired = difference(counts, countsBefore, "expired");
        double cpu = seconds(after.cpu().minus(before.cpu())) / window;
        double agentsCpu = seconds(agentsAfter.cpu().minus(agentsBefore.cpu())) / window;
        List<Rig.Heard> said = rig.events().subList(eventsBefore, rig.events().size());
        long suspicions = said.stream()
                .filter(heard -> heard.event() instanceof MembershipEvent.Suspected)
                .count();
        ObjectNode figures = figures();
        figures.put("agents", agents)
                .put("seconds", window)
                .put("controllerCores", cpu)
                .put("controllerResidentMib", after.residentBytes() >> 20)
                .put("agentsCores", agentsCpu)
                .put("agentsResidentMib", agentsAfter.residentBytes() >> 20)
                .put("sentBytesPerAgentAndSecond", out)
                .put("receivedBytesPerAgentAndSecond", in)
                .put("heartbeatBytesPerAgentAndSecond", beats)
                .put("loopbackBytesPerAgentAndSecond", loopbackPerAgent)
                .put("requestsPerAgentAndSecond", requests)
                .put("sessionsExpired", expired)
                .put("suspicions", suspicions);
        lines.accept(Line.read(
                "cost",
                agents + " agents, nothing happens, " + text(options.window()) + ": the controller's membership",
                String.format(
                        Locale.ROOT,
                        "%.2f cores, %d MiB resident (the agents' process: %.2f cores, %d MiB)",
                        cpu,
                        after.residentBytes() >> 20,
                        agentsCpu,
                        agentsAfter.residentBytes() >> 20),
                figures));
        lines.accept(Line.read(
                "bytes",
                "bytes per agent and second at the agents' sockets, TLS included",
                String.format(
                        Locale.ROOT,
                        "%.0f sent, %.0f received, %.0f in heartbeats; %.1f requests per second; everything on the loopback: %.0f",
                        out,
                        in,
                        beats,
                        requests,
                        loopbackPerAgent),
                figures()));
        lines.accept(new Line(
                "calm",
                "suspicions and lost sessions meanwhile",
                suspicions + " suspicions, " + expired + " sessions expired",
                "0",
                suspicions == 0 && expired == 0,
                figures().put("suspicions", suspicions).put("sessionsExpired", expired)));
    }

    private void crash(Rig rig, Consumer<Line> lines) throws IOException {
        int crashes = options.crashes();
        int eventsBefore = rig.events().size();
        int viewsBefore = rig.leases().leaseViews();
        int groupsBefore = rig.groups().groupViews();
        int from = options.agents() / 2;
        long began = System.nanoTime();
        rig.crash(from, from + crashes);
        boolean gone = Rig.await(
                LIMIT,
                () -> lost(rig, eventsBefore).size() >= crashes && rig.leases().leaseViews() > viewsBefore);
        LockSupport.parkNanos(AFTERMATH.toNanos());
        List<Rig.Heard> said = rig.events().subList(eventsBefore, rig.events().size());
        List<Rig.Heard> suspected = said.stream()
                .filter(heard -> heard.event() instanceof MembershipEvent.Suspected)
                .toList();
        long others = suspected.stream()
                .filter(heard -> !rig.isCrashed(heard.event().host()))
                .count();
        // Each is told when its own power has been read.
        double spread = suspected.isEmpty()
                ? Double.NaN
                : (suspected.getLast().nanos() - suspected.getFirst().nanos()) / 1e9;
        int views = rig.leases().leaseViews() - viewsBefore;
        int groups = rig.groups().groupViews() - groupsBefore;
        double told = suspected.isEmpty() ? Double.NaN : (suspected.getLast().nanos() - began) / 1e9;
        double condemned = said.stream()
                                .filter(heard -> heard.event() instanceof MembershipEvent.Lost)
                                .mapToLong(Rig.Heard::nanos)
                                .max()
                                .orElse(began)
                        / 1e9
                - began / 1e9;
        ObjectNode figures = figures();
        figures.put("crashes", crashes)
                .put("leaseViews", views)
                .put("groupViews", groups)
                .put("toldWithinSeconds", spread)
                .put("lastSuspectedSeconds", told)
                .put("lastCondemnedSeconds", condemned)
                .put("othersSuspected", others);
        lines.accept(new Line(
                "crash",
                crashes + " of " + options.agents() + " agents crash at one moment: view changes",
                String.format(
                        Locale.ROOT,
                        "%d of the leases, %d of the fast signal; %s, told within %.0f ms, the last after %.0f ms; all condemned after"
                                + " %.0f ms; %d others suspected",
                        views,
                        groups,
                        gone ? "all suspected" : "NOT all condemned",
                        spread * 1000,
                        told * 1000,
                        condemned * 1000,
                        others),
                "1, and nobody else suspected",
                gone && views == 1 && groups == 1 && others == 0,
                figures));
    }

    /** Says every five seconds how far it is. */
    private boolean allAlive(Rig rig, int wanted) throws IOException {
        long until = System.nanoTime() + LIMIT.toNanos();
        while (!Rig.await(PROGRESS, () -> rig.alive() >= wanted)) {
            JsonNode counts = rig.order("counts");
            progress.accept(rig.alive() + " of " + wanted + " alive, "
                    + counts.get("held").asLong() + " leases held, "
                    + counts.get("expired").asLong() + " sessions expired, "
                    + counts.get("reconnects").asLong() + " connections lost");
            if (System.nanoTime() > until) {
                return false;
            }
        }
        return true;
    }

    private static Set<String> lost(Rig rig, int eventsBefore) {
        return rig.events().stream()
                .skip(eventsBefore)
                .map(Rig.Heard::event)
                .filter(event -> event instanceof MembershipEvent.Lost)
                .map(event -> event.host().value())
                .collect(Collectors.toSet());
    }

    // ---- whole agents, in the group in which everybody hears everybody

    private void whole(int size, Consumer<Line> lines) throws IOException {
        progress.accept(size + " whole agents come");
        try (Rig rig = rig(size, true, GRACE)) {
            rig.order("whole " + size);
            boolean all =
                    Rig.await(LIMIT, () -> rig.alive() >= size && rig.groups().groupSize() >= size);
            LockSupport.parkNanos(CALM.toNanos());
            long own = ProcessHandle.current().pid();
            int eventsBefore = rig.events().size();
            ProcessFigures before = ProcessFigures.of(own);
            ProcessFigures agentsBefore = ProcessFigures.of(rig.agentsPid());
            long loopback = ProcessFigures.loopbackBytes();
            long began = System.nanoTime();
            LockSupport.parkNanos(options.window().toNanos());
            double window = (System.nanoTime() - began) / 1e9;
            ProcessFigures after = ProcessFigures.of(own);
            ProcessFigures agentsAfter = ProcessFigures.of(rig.agentsPid());
            double bytes = (ProcessFigures.loopbackBytes() - loopback) / window / size;
            double cpu = seconds(after.cpu().minus(before.cpu())) / window;
            double agentsCpu = seconds(agentsAfter.cpu().minus(agentsBefore.cpu())) / window / size;
            long suspicions = rig.events().stream()
                    .skip(eventsBefore)
                    .filter(heard -> heard.event() instanceof MembershipEvent.Suspected)
                    .count();
            ObjectNode figures = figures();
            figures.put("agents", size)
                    .put("inGroup", rig.groups().groupSize())
                    .put("controllerCores", cpu)
                    .put("coresPerAgent", agentsCpu)
                    .put("loopbackBytesPerAgentAndSecond", bytes)
                    .put("residentMibPerAgent", (agentsAfter.residentBytes() >> 20) / (double) size)
                    .put("suspicions", suspicions);
            lines.accept(Line.read(
                    "whole-" + size,
                    size + " whole agents, each with its channel in the product's own group, " + text(options.window()),
                    String.format(
                            Locale.ROOT,
                            "%s; controller %.2f cores, each agent %.3f cores and %.0f bytes a second on the loopback; %d suspicions",
                            all
                                    ? "all in the group"
                                    : "NOT all in the group: " + rig.groups().groupSize() + " of " + size,
                            cpu,
                            agentsCpu,
                            bytes,
                            suspicions),
                    figures));
        }
    }

    private static long difference(JsonNode after, JsonNode before, String what) {
        return after.get(what).asLong() - before.get(what).asLong();
    }

    private static ObjectNode figures() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    private static String text(Duration time) {
        return String.format(Locale.ROOT, "%.0f s", seconds(time));
    }
}
