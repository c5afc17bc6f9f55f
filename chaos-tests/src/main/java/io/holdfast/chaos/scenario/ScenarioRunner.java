package io.holdfast.chaos.scenario;

import io.holdfast.chaos.sim.Controller;
import io.holdfast.chaos.sim.Faults;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.NewInstance;
import io.holdfast.chaos.sim.Owners;
import io.holdfast.chaos.sim.Settings;
import io.holdfast.chaos.sim.Shape;
import io.holdfast.chaos.sim.Staging;
import io.holdfast.chaos.sim.Workload;
import io.holdfast.chaos.sim.World;
import io.holdfast.chaos.sim.check.AllInvariants;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.PlacementHints;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.server.settings.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plays one scenario in a world of its own.
 *
 * <p>Until {@link #BEGIN} the world starts up: hosts boot, a controller leads and its grace passes, instances are created.
 * Then the start is compared with what the scenario says it is, the witness begins, and each line happens at its moment.
 */
final class ScenarioRunner {

    /** From here on the start stands, the story is kept and facts count. */
    static final Duration BEGIN = Duration.ofSeconds(30);

    /** Longer than it takes until a human is called for whatever waits. */
    private static final Duration AFTERLIFE = Duration.ofMinutes(10);

    private static final Duration CREATE = Duration.ofSeconds(12);
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final int DISK_GIB = 1000;

    private final Scenario scenario;
    private final Start start;
    private final World world;
    private final Staging staging;
    private final Observed seen = new Observed();
    private final Witness witness;
    private final Map<String, InstanceId> instances = new LinkedHashMap<>();
    private final List<String> differences = new ArrayList<>();
    private List<String> story = List.of();
    private int storyFrom = -1;

    ScenarioRunner(Scenario scenario) {
        this.scenario = scenario;
        this.start = scenario.start();
        SchedulerSettings scheduler = start.settings().scheduler();
        this.world = new World(
                start.seed(),
                new Shape(
                        start.hosts().size(),
                        start.instances().size(),
                        start.controllers().size(),
                        Duration.ZERO,
                        Duration.ZERO,
                        Faults.none()),
                new Settings(
                        start.settings().membership(),
                        start.settings().recovery(),
                        scheduler,
                        new Overcommit(scheduler.vcpuOvercommit(), scheduler.memoryOvercommit()),
                        ComputeSettings.defaults().withdrawnFor(),
                        FencingSettings.Slot.defaults(),
                        false),
                new Mutation(),
                Workload.usual(),
                true);
        AllInvariants.watch(world);
        this.staging = new Staging(world);
        this.witness = new Witness(world, seen);
    }

    Outcome play() {
        populate();
        Stage stage = new Stage(world, staging, instances, differences::add);
        Director director = new Director(scenario.events(), seen, event -> {
            keepStory();
            if (!(event.event() instanceof ScenarioEvent.End)) {
                world.story().tell("SCENARIO", event.text());
                int before = differences.size();
                stage.act(event.event());
                for (int i = before; i < differences.size(); i++) {
                    differences.set(
                            i, Scenario.EVENTS + ":" + event.line() + " could not happen: " + differences.get(i));
                }
            }
        });
        Duration end = end();
        boolean begun = false;
        while (world.violations().isEmpty()) {
            if (!begun && staging.now().compareTo(BEGIN) >= 0) {
                begin();
                begun = true;
            }
            Duration next = director.look(staging.now());
            if (staging.now().compareTo(end) >= 0) {
                break;
            }
            Duration limit = next == null || next.compareTo(end) > 0 ? end : next;
            staging.step(begun || limit.compareTo(BEGIN) < 0 ? limit : BEGIN);
        }
        story = world.story().lines();
        differences.addAll(Judge.end(scenario.end(), seen));
        liveOn(end);
        TimedEvent waiting = director.waiting();
        if (waiting != null && world.violations().isEmpty() && !(waiting.event() instanceof ScenarioEvent.End)) {
            differences.add(Scenario.EVENTS + ":" + waiting.line() + " never happened: its moment did not come before "
                    + Durations.format(end));
        }
        return outcome();
    }

    /** Nothing more happens to the world, and whatever is under way has its time; then liveness is judged too. */
    private void liveOn(Duration end) {
        if (world.violations().isEmpty()) {
            witness.end();
            staging.leftAlone();
            world.runUntil(end.plus(AFTERLIFE));
        }
        if (world.violations().isEmpty()) {
            staging.ended();
        }
    }

    private Duration end() {
        return ((TimedEvent.At) scenario.events().getLast().moment()).sinceStart();
    }

    private void keepStory() {
        if (storyFrom < 0) {
            storyFrom = world.story().lines().size();
        }
    }

    // ---- the start

    private void populate() {
        start.hosts().forEach((name, is) -> {
            Host host = world.addHost(
                    name, String.valueOf(is.rack()), is.domains(), new Resources(is.vcpus(), is.memoryMib(), DISK_GIB));
            host.supervised(is.supervisor());
            host.bmc().mood(Stage.mood(EventLines.bmc(is.bmc())));
            host.fencedBy(is.fencing().stream()
                    .filter(rung -> !rung.devices().contains(Start.Level.SELF_FENCE))
                    .map(rung -> rung.devices().stream()
                            .map(level -> Stage.device(host, level))
                            .toList())
                    .toList());
            if (is.fencesItself()) {
                host.fencesItself(is.watchdog());
            }
        });
        start.controllers().forEach(world::addController);
        world.hosts().forEach(host -> {
            if (start(host).power() == Start.Power.ON) {
                staging.bootKnown(host);
            }
        });
        world.controllers().forEach(Controller::start);
        world.timeline().after(CREATE, this::create);
        world.timeline().after(STOP, this::prepare);
    }

    private Start.Host start(Host host) {
        return Objects.requireNonNull(start.hosts().get(host.id().value()));
    }

    private void create() {
        Map<String, ServerGroupId> groupOf = new HashMap<>();
        start.groups().forEach((name, is) -> {
            ServerGroupId id =
                    world.owners().createGroup(name, Owners.PROJECTS.getFirst(), is.policy(), Set.copyOf(is.spread()));
            is.members().forEach(member -> groupOf.put(member, id));
        });
        start.hosts().forEach((name, is) -> {
            if (!is.aggregate().isEmpty()) {
                world.database().aggregate(HostId.of(name), is.aggregate());
            }
        });
        start.instances().keySet().forEach(name -> create(name, groupOf));
    }

    /** Those that it names are created first: an owner can only name what is there. */
    private void create(String name, Map<String, ServerGroupId> groupOf) {
        if (instances.containsKey(name)) {
            return;
        }
        Start.Instance is = Objects.requireNonNull(start.instances().get(name));
        is.names().forEach(other -> create(other, groupOf));
        instances.put(
                name,
                world.owners()
                        .create(new NewInstance(
                                name,
                                Owners.PROJECTS.getFirst(),
                                new Resources(is.vcpus(), is.memoryMib(), 1),
                                is.policy(),
                                HostId.of(Objects.requireNonNull(is.on())),
                                is.metadata(),
                                groupOf.get(name),
                                new PlacementHints(
                                        ids(is.sameHost()), ids(is.differentHost()), Set.of(), is.sameProject()),
                                is.needs())));
    }

    private Set<InstanceId> ids(List<String> names) {
        return names.stream()
                .map(name -> Objects.requireNonNull(instances.get(name)))
                .collect(Collectors.toSet());
    }

    private void prepare() {
        start.instances().forEach((name, is) -> {
            if (is.wanted() == Start.Wanted.STOPPED) {
                world.owners().stop(Objects.requireNonNull(instances.get(name)));
            }
        });
        world.hosts().forEach(host -> {
            if (start(host).reserved()) {
                world.operator().reserve(host.id());
            }
            if (start(host).disabled()) {
                world.operator().disable(host.id());
            }
            if (start(host).maintenance()) {
                world.operator().maintenance(host.id(), true);
            }
        });
        if (start.recoveryMethod() != RecoveryMethod.AUTO) {
            world.operator().recoveryMethod(start.recoveryMethod());
        }
        if (start.armed() != Start.Armed.ARMED) {
            world.operator().arm(Stage.armed(start.armed()));
        }
    }

    /** The world has started up; is it as the scenario says? */
    private void begin() {
        keepStory();
        start.instances().forEach((name, is) -> {
            InstanceId id = Objects.requireNonNull(instances.get(name));
            String home = world.hosts().stream()
                    .filter(host -> host.guest(id) != null)
                    .map(Host::party)
                    .findFirst()
                    .orElse(null);
            boolean running = is.wanted() == Start.Wanted.RUNNING;
            String wanted = running ? is.on() : null;
            if (!Objects.equals(home, wanted)) {
                differences.add("at the start " + name + " should run " + where(wanted) + ", runs " + where(home));
            }
            seen.begins(name, home, running ? InstanceGoal.RUNNING : InstanceGoal.STOPPED, BEGIN);
        });
        world.hosts().forEach(host -> seen.power(host.id().value(), host.hasPower()));
        witness.begin();
        world.watch(witness);
    }

    private static String where(@Nullable String host) {
        return host == null ? "nowhere" : "on " + host;
    }

    // ---- the end

    private Outcome outcome() {
        List<String> told = story.subList(Math.max(0, Math.min(storyFrom, story.size())), story.size());
        List<Outcome.Violated> violations = world.violations().stream()
                .map(violation -> new Outcome.Violated(violation.invariant(), violation.at(), violation.what()))
                .toList();
        String other = Judge.story(scenario.story(), told);
        if (other != null) {
            differences.add(0, other);
        }
        return new Outcome(scenario, told, seen, differences, violations, other != null, end());
    }
}
