package io.holdfast.server.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.LabException;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.server.cli.CommandFailure;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * One telling: six guests on one host, the host fails, and everybody watches.
 *
 * <p>Times count from just before the failure, so what it costs to bring it about counts against us. What Holdfast says
 * of itself (the case's timeline) is shown; what is checked is seen from outside: the guests' ledgers, the owner's
 * webhook, what the returned host's hypervisor runs.
 */
final class Story implements Play {

    private static final Duration READY_LIMIT = Duration.ofMinutes(2);
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration CALM_LIMIT = Duration.ofSeconds(90);
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(90);
    private static final Duration AILMENT_LIMIT = Duration.ofSeconds(20);
    private static final Duration RETURN_LIMIT = Duration.ofSeconds(90);
    private static final Duration LOOK = Duration.ofMillis(15);
    private static final Duration ASK = Duration.ofMillis(120);
    private static final Duration SLOW = Duration.ofMillis(300);

    private final Stage stage;
    private final Failure failure;
    private final Cluster cluster;
    private final OwnerInbox inbox;
    private final Narrator narrator;
    private final Props props;

    /** All that the owner ever had of this story: a notice that had to be sent again may come when its run is over. */
    private final Set<String> earlier = new TreeSet<>();

    /** Hosts that have failed, and were not mended yet. */
    private final Set<HostId> broken = new HashSet<>();

    /** When each host failed last, by the monotonic clock. */
    private final Map<HostId, Long> failedNanos = new HashMap<>();

    Story(Stage stage, Failure failure, Cluster cluster, OwnerInbox inbox, Narrator narrator) {
        this.stage = stage;
        this.failure = failure;
        this.cluster = cluster;
        this.inbox = inbox;
        this.narrator = narrator;
        this.props = new Props(cluster);
    }

    @Override
    public void prepare(HostId victim) {
        List.copyOf(broken).forEach(this::mend);
        if (!props.left().isEmpty()) {
            props.strike();
        }
        cluster.enableWhatWeDisabled();
        awaitReady();
        Long failed = failedNanos.get(victim);
        while (failed != null && System.nanoTime() - failed < failure.rest().toNanos()) {
            Await.pause(SLOW);
        }
    }

    @Override
    public RunResult tell(int run, HostId victim) {
        narrator.chapter("Run " + run + ": six guests on " + victim);
        Cast cast = new Cast();
        Timeline timeline = new Timeline();
        List<Check> checks = new ArrayList<>();
        try {
            checks.addAll(play(victim, cast, timeline));
        } catch (StoryFailure | CommandFailure | LabException | UncheckedIOException e) {
            // What was measured until then stays: a run that ends badly must not make the others look better.
            narrator.tell(timeline, cast);
            checks.add(new Check("the story goes on", false, String.valueOf(e.getMessage())));
        } finally {
            cleanUp(victim, cast);
        }
        checks.forEach(narrator::check);
        boolean ok = checks.stream().allMatch(Check::ok);
        return new RunResult(run, victim.value(), ok, checks, legs(timeline), timeline.entries());
    }

    private List<Check> play(HostId victim, Cast cast, Timeline timeline) {
        raiseCurtain(victim, cast, cluster.prepareCatalog());
        awaitCalm(victim);
        inbox.warmUp();
        inbox.clear();
        props.webhook(cluster.subscribe(Cluster.NFV, URI.create(inbox.url()), inbox.secret()));
        List<String> knownCases = cluster.caseIds(victim);
        Map<InstanceId, String> bootsBefore = new HashMap<>();
        cast.ids().forEach(id -> stage.beat(id).ifPresent(beat -> bootsBefore.put(id, beat.boot())));

        narrator.chapter(failure.chapter(victim.value()));
        broken.add(victim);
        timeline.begin(Instant.now());
        stage.fail(victim, failure);
        failedNanos.put(victim, System.nanoTime());
        return switch (failure.course()) {
            case MOVES -> {
                Map<InstanceId, Instant> beating = watchRecovery(victim, cast, knownCases, bootsBefore, timeline);
                narrator.chapter(victim + " gets its power back");
                mend(victim);
                awaitReturn(victim, cast, knownCases, timeline);
                yield checks(victim, cast, beating);
            }
            case STAYS -> {
                watchAilment(victim, cast, timeline);
                broken.remove(victim);
                yield checksOfStaying(victim, cast, knownCases, bootsBefore);
            }
        };
    }

    private void mend(HostId host) {
        stage.mend(host, failure);
        broken.remove(host);
    }

    // --- before ---

    /** All hosts are as they were, and nothing of ours is left. */
    private void awaitReady() {
        awaitNone("all to be as it was", () -> {
            List<String> problems = new ArrayList<>(Readiness.problems(stage.hosts(), cluster.hosts()));
            problems.addAll(props.left());
            return problems;
        });
    }

    private static void awaitNone(String what, Supplier<List<String>> problems) {
        Await.until(what, READY_LIMIT, SLOW, () -> problems.get().isEmpty(), () -> String.join(", ", problems.get()));
    }

    /** A host that was fenced by silence in the run before counts as lost for a minute, and a guard would hold this one. */
    private void awaitCalm(HostId victim) {
        if (failure.course() == Failure.Course.STAYS) {
            return;
        }
        boolean powerOff = failure == Failure.POWER;
        Await.until(
                "no guard to hold " + victim,
                CALM_LIMIT,
                SLOW,
                () -> cluster.heldIfItFailed(victim, powerOff).isEmpty(),
                () -> cluster.heldIfItFailed(victim, powerOff).orElse("none would"));
    }

    private void raiseCurtain(HostId victim, Cast cast, String image) {
        List<HostId> others =
                stage.hosts().stream().filter(host -> !host.equals(victim)).toList();
        others.forEach(host -> cluster.setEnabled(host, false));
        try {
            for (Cast.Role role : Cast.ROLES) {
                InstanceId id = cluster.createServer(role.project(), role.name(), image, role.tags());
                if (role.project().equals(Cluster.NFV)) {
                    earlier.add("instance/" + id);
                }
                cast.play(role, id);
                props.guest(id, role.project());
            }
            // They are placed after they were asked for; by then the other hosts must not be there to choose.
            Await.until(
                    "six guests to have their home on " + victim,
                    START_LIMIT,
                    SLOW,
                    () -> cast.ids().stream().allMatch(id -> cluster.homeOf(id).equals(Optional.of(victim.value()))),
                    () -> cast.ids().stream()
                            .map(id -> cluster.homeOf(id).orElse("no host"))
                            .collect(Collectors.joining(", ")));
        } finally {
            others.forEach(host -> cluster.setEnabled(host, true));
        }
        Await.until(
                "six guests to beat on " + victim,
                START_LIMIT,
                SLOW,
                () -> cast.ids().stream().allMatch(id -> stage.beat(id).isPresent()) && allActive(cast),
                () -> cluster.servers().stream()
                        .map(server -> server.path("name").asText() + " "
                                + server.path("status").asText() + " "
                                + server.path("fault").path("message").asText(""))
                        .collect(Collectors.joining(", ")));
        cast.all()
                .forEach((role, id) -> narrator.line(role.name() + " beats on " + victim + " ("
                        + (role.tags().isEmpty() ? "untagged" : String.join(", ", role.tags())) + ")"));
    }

    private boolean allActive(Cast cast) {
        Set<String> active = cluster.servers().stream()
                .filter(server -> server.path("status").asText().equals("ACTIVE"))
                .map(server -> server.path("id").asText())
                .collect(Collectors.toSet());
        return cast.ids().stream().allMatch(id -> active.contains(id.toString()));
    }

    // --- after the failure ---

    private Map<InstanceId, Instant> watchRecovery(
            HostId victim, Cast cast, List<String> knownCases, Map<InstanceId, String> bootsBefore, Timeline timeline) {
        Map<Cast.Role, InstanceId> automatic = cast.expecting("automatic");
        Map<InstanceId, Instant> beating = new LinkedHashMap<>();
        long nextAsk = System.nanoTime();
        long deadline = System.nanoTime() + RECOVERY_LIMIT.toNanos();
        boolean resolved = false;
        while (System.nanoTime() - deadline < 0 && !(resolved && beating.size() == automatic.size())) {
            automatic.forEach((role, id) -> lookForBeat(role, id, bootsBefore, beating, timeline));
            if (System.nanoTime() - nextAsk >= 0) {
                resolved = readCase(victim, cast, knownCases, timeline);
                readInbox(timeline);
                narrator.tell(timeline, cast);
                nextAsk = System.nanoTime() + ASK.toNanos();
            }
            Await.pause(LOOK);
        }
        readCase(victim, cast, knownCases, timeline);
        readInbox(timeline);
        narrator.tell(timeline, cast);
        return beating;
    }

    /**
     * Until the host is well again. What lasts is mended as soon as its owners have heard of it; everything else is looked after by
     * itself. That it was never called
     * degraded meanwhile breaks no promise to its guests, and misses the goal.
     */
    private void watchAilment(HostId victim, Cast cast, Timeline timeline) {
        if (failure.lasts()) {
            long untilNanos = System.nanoTime() + AILMENT_LIMIT.toNanos();
            do {
                Await.pause(LOOK);
                readInbox(timeline);
                narrator.tell(timeline, cast);
            } while (timeline.first("degraded").isEmpty() && System.nanoTime() - untilNanos < 0);
            narrator.chapter("What ails " + victim + " is mended");
            stage.mend(victim, failure);
        }
        Await.until(
                victim + " to be well again",
                RECOVERY_LIMIT,
                LOOK,
                () -> {
                    readInbox(timeline);
                    narrator.tell(timeline, cast);
                    return timeline.first("cleared").isPresent();
                },
                () -> "its owners heard "
                        + inbox.told().stream().map(OwnerInbox.Told::type).toList());
        awaitNone("all hosts to be as they were", () -> Readiness.problems(stage.hosts(), cluster.hosts()));
    }

    /** Whether the guest writes on: its disk may have been out of its reach for a while. */
    private Check beatsOn(Cast.Role role, InstanceId id) {
        long before = sequence(id);
        long untilNanos = System.nanoTime() + AILMENT_LIMIT.toNanos();
        while (sequence(id) <= before && System.nanoTime() - untilNanos < 0) {
            Await.pause(LOOK);
        }
        return new Check(role.name() + " beats on", sequence(id) > before, "beat " + sequence(id));
    }

    private long sequence(InstanceId id) {
        return stage.beat(id).map(Stage.Beat::sequence).orElse(0L);
    }

    private void lookForBeat(
            Cast.Role role,
            InstanceId id,
            Map<InstanceId, String> bootsBefore,
            Map<InstanceId, Instant> beating,
            Timeline timeline) {
        if (beating.containsKey(id)) {
            return;
        }
        Optional<Stage.Beat> beat = stage.beat(id);
        if (beat.isPresent() && !beat.get().boot().equals(bootsBefore.get(id))) {
            Instant now = Instant.now();
            beating.put(id, now);
            timeline.add(now, "first-heartbeat", "instance/" + id, role.name() + " beats on its new home", "guest");
        }
    }

    /** Takes over what is new in the case; returns whether the case is closed. */
    private boolean readCase(HostId victim, Cast cast, List<String> knownCases, Timeline timeline) {
        Optional<JsonNode> found = cluster.newCase(victim, knownCases);
        if (found.isEmpty()) {
            return false;
        }
        for (JsonNode entry : found.get().path("timeline")) {
            timeline.add(
                    Instant.parse(entry.path("at").asText()),
                    entry.path("kind").asText(),
                    entry.path("subject").asText(),
                    cast.named(entry.path("text").asText()),
                    "controller");
        }
        return !found.get().path("closedAt").isMissingNode()
                && !found.get().path("closedAt").isNull();
    }

    private void readInbox(Timeline timeline) {
        for (OwnerInbox.Told told : inbox.told()) {
            // These are told from memory and are legs that are measured; what follows takes the road over the database.
            String kind = switch (told.type()) {
                case "instance.suspected" -> "told";
                case "instance.degraded" -> "degraded";
                case "instance.cleared" -> "cleared";
                default -> "told-more";
            };
            timeline.add(told.at(), kind, told.subject(), "owner received " + told.type(), "owner");
        }
    }

    // --- the return ---

    private void awaitReturn(HostId victim, Cast cast, List<String> knownCases, Timeline timeline) {
        Await.until(
                victim + " to serve again",
                RETURN_LIMIT,
                SLOW,
                () -> cluster.host(victim).path("state").asText().equals("SERVING"),
                () -> cluster.host(victim).toString());
        // What its owner did not want moved starts again at home; a stale guest would be there at once.
        Set<InstanceId> stayed = new HashSet<>(cast.expecting("notify").values());
        stayed.addAll(cast.expecting("none").values());
        Await.until(
                "the guests that stayed to run again on " + victim,
                RETURN_LIMIT,
                SLOW,
                () -> stage.guestsOn(victim).containsAll(stayed),
                () -> "it runs " + stage.guestsOn(victim));
        readCase(victim, cast, knownCases, timeline);
        readInbox(timeline);
        narrator.tell(timeline, cast);
    }

    // --- what was promised ---

    private List<Check> checks(HostId victim, Cast cast, Map<InstanceId, Instant> beating) {
        List<Check> checks = new ArrayList<>();
        Map<InstanceId, String> homes = new HashMap<>();
        cast.ids().forEach(id -> homes.put(id, cluster.homeOf(id).orElse("no host")));
        cast.expecting("automatic").forEach((role, id) -> {
            String home = String.valueOf(homes.get(id));
            checks.add(new Check(
                    role.name() + " continues elsewhere",
                    beating.containsKey(id) && !home.equals(victim.value()) && runsOnlyOn(id, home),
                    beating.containsKey(id) ? "on " + home : "no heartbeat on a new home; the API says " + home));
            List<String> problems = stage.ledgerProblems(id);
            checks.add(new Check(
                    role.name() + "'s ledger is intact and has one writer",
                    problems.isEmpty(),
                    problems.isEmpty() ? "intact" : String.join("; ", problems)));
        });
        // The lab may be somebody's, with instances of the same project, and of the same host, that are not ours.
        List<JsonNode> servers = cluster.servers();
        Set<String> owned = servers.stream()
                .filter(server -> server.path("tenant_id").asText().equals(Cluster.NFV))
                .map(server -> "instance/" + server.path("id").asText())
                .collect(Collectors.toCollection(TreeSet::new));
        owned.addAll(earlier);
        cast.expecting("notify").forEach((role, id) -> {
            List<OwnerInbox.Told> mine = inbox.told();
            Set<String> types = mine.stream().map(OwnerInbox.Told::type).collect(Collectors.toCollection(TreeSet::new));
            checks.add(new Check(
                    "the owner of " + role.name() + " was told",
                    mine.stream()
                            .anyMatch(told -> told.type().equals("instance.suspected")
                                    && told.subject().equals("instance/" + id)),
                    String.join(", ", types)));
            checks.add(new Check(
                    "the owner of " + role.name() + " heard of nobody else's instances",
                    mine.stream().allMatch(told -> owned.contains(told.subject())) && inbox.refused() == 0,
                    mine.size() + " notices, " + inbox.refused() + " with a wrong signature"));
            checks.add(stayed(role, id, victim, homes));
        });
        cast.expecting("none").forEach((role, id) -> checks.add(stayed(role, id, victim, homes)));
        Set<InstanceId> stranger = new TreeSet<>(stage.guestsOn(victim));
        servers.stream()
                .filter(server -> server.path("OS-EXT-SRV-ATTR:host").asText().equals(victim.value()))
                .forEach(server ->
                        stranger.remove(InstanceId.parse(server.path("id").asText())));
        checks.add(new Check(
                victim + " runs nothing that it does not own",
                stranger.isEmpty(),
                stranger.isEmpty()
                        ? "it runs " + stage.guestsOn(victim).size() + " of its own"
                        : "it runs " + stranger));
        return checks;
    }

    private List<Check> checksOfStaying(
            HostId victim, Cast cast, List<String> knownCases, Map<InstanceId, String> bootsBefore) {
        List<Check> checks = new ArrayList<>();
        Map<InstanceId, String> homes = new HashMap<>();
        cast.ids().forEach(id -> homes.put(id, cluster.homeOf(id).orElse("no host")));
        cast.all().forEach((role, id) -> {
            checks.add(stayed(role, id, victim, homes));
            String boot = stage.beat(id).map(Stage.Beat::boot).orElse("none");
            checks.add(new Check(
                    role.name() + " ran on",
                    boot.equals(bootsBefore.get(id)),
                    "its ledger is written by boot " + boot));
            checks.add(beatsOn(role, id));
        });
        List<String> cases = new ArrayList<>(cluster.caseIds(victim));
        cases.removeAll(knownCases);
        checks.add(new Check(
                victim + " was neither condemned nor fenced",
                cases.isEmpty(),
                cases.isEmpty() ? "no case" : "" + cases));
        return checks;
    }

    private Check stayed(Cast.Role role, InstanceId id, HostId victim, Map<InstanceId, String> homes) {
        List<String> problems = stage.ledgerProblems(id);
        boolean stayed = victim.value().equals(homes.get(id)) && runsOnlyOn(id, victim.value()) && problems.isEmpty();
        return new Check(
                role.name() + " was not moved",
                stayed,
                "home " + homes.get(id) + (problems.isEmpty() ? "" : "; " + String.join("; ", problems)));
    }

    private boolean runsOnlyOn(InstanceId id, String home) {
        return stage.hosts().stream()
                .allMatch(host ->
                        stage.guestsOn(host).contains(id) == host.value().equals(home));
    }

    private Map<String, Double> legs(Timeline timeline) {
        Map<String, Double> legs = new LinkedHashMap<>();
        timeline.first("told").ifPresent(at -> legs.put("told", at));
        if (failure.course() == Failure.Course.STAYS) {
            timeline.first("degraded").ifPresent(at -> legs.put("degraded", at));
            timeline.first("cleared").ifPresent(at -> legs.put("cleared", at));
            return legs;
        }
        timeline.first("condemned").filter(at -> isWellFounded(timeline, at)).ifPresent(at -> legs.put("verdict", at));
        timeline.first("fence-proven").ifPresent(at -> legs.put("fenced", at));
        timeline.first("first-heartbeat").ifPresent(at -> legs.put("firstHeartbeat", at));
        long automatic = Cast.ROLES.stream()
                .filter(role -> role.expectation().equals("automatic"))
                .count();
        if (timeline.times("first-heartbeat").size() == automatic) {
            timeline.last("first-heartbeat").ifPresent(at -> legs.put("allHeartbeats", at));
        }
        return legs;
    }

    /** A verdict over a host without power counts only with what proves it, and not for silence alone. */
    private boolean isWellFounded(Timeline timeline, double verdict) {
        return failure != Failure.POWER
                || timeline.first("power-read-off").filter(at -> at <= verdict).isPresent();
    }

    // --- after ---

    private void cleanUp(HostId victim, Cast cast) {
        List<String> problems = new ArrayList<>();
        if (broken.contains(victim)) {
            attempt(problems, () -> mend(victim));
        }
        attempt(problems, () -> problems.addAll(props.strike()));
        attempt(
                problems,
                () -> Await.until(
                        "the story's guests to be gone",
                        START_LIMIT,
                        SLOW,
                        () -> props.left().isEmpty(),
                        () -> String.join(", ", props.left())));
        cast.ids().forEach(stage::forget);
        problems.forEach(problem -> narrator.line("while tidying up: " + problem));
    }

    /** Tidying up goes on after a failure: what it left undone is tried again before the next run, which waits for it. */
    private static void attempt(List<String> problems, Runnable step) {
        try {
            step.run();
        } catch (StoryFailure | CommandFailure | LabException | UncheckedIOException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }
}
