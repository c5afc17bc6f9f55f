package io.holdfast.membership.core;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.HardwareSign;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.SlotSign;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A small world on a virtual clock: hosts with signals that a story switches, a machine that watches them, and its
 * questions answered by the world after a latency.
 */
final class World {

    static final Duration PROBE_LATENCY = Duration.ofMillis(10);
    static final Duration POWER_LATENCY = Duration.ofMillis(100);
    static final Duration LOOK_LATENCY = Duration.ofMillis(400);

    final MembershipSettings settings;
    final List<String> story = new ArrayList<>();
    final List<MembershipEvent> events = new ArrayList<>();

    /** When each of the events was told, by the monotonic clock. */
    final List<Long> toldMillis = new ArrayList<>();

    final Set<Transition> taken = EnumSet.noneOf(Transition.class);
    final Map<HostId, Host> hosts = new TreeMap<>();

    private final MembershipMachine machine;
    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::atMillis).thenComparingLong(Due::sequence));
    private State state;
    private long millis;
    private long sequence;
    private boolean coordinated = true;

    /** How far the wall clock was set, or went on while the machine was suspended. */
    private Duration ahead = Duration.ZERO;

    /** By how much it is set every {@code setEveryMillis}; never while that is 0. */
    private Duration setBy = Duration.ZERO;

    private long setEveryMillis;
    private long wordsAtSecond;
    private Vigil vigil;

    /** Whether agents' words are read. */
    private boolean reads = true;

    /** Networks beside the management network. */
    private final Set<Network> networks = new TreeSet<>();

    World(MembershipSettings settings) {
        this.settings = settings;
        this.machine = new MembershipMachine(settings);
        this.state = machine.start(now());
        this.vigil = Vigil.from(now(), settings.tickInterval(), settings.pauseLimit());
    }

    /** One host of the world: what its signals would say. */
    static final class Host {
        String session = "";
        boolean lease;
        boolean inGroup;
        final Set<Network> networks = new HashSet<>();

        @Nullable
        SlotSign slot;

        final Set<String> left = new HashSet<>();
        GuestActivity guests = GuestActivity.NOBODY_LOOKS;
        Reachability probe = Reachability.SILENT;
        Duration probeLatency = PROBE_LATENCY;
        PowerState power = PowerState.ON;
        boolean registered;

        @Nullable
        AgentHealth words;

        boolean silentOfItself;
    }

    private record Due(long atMillis, long sequence, Observation observation) {}

    State state() {
        return state;
    }

    long millis() {
        return millis;
    }

    Moment now() {
        // The monotonic clock starts near its overflow, because a comparison that forgets that is an old classic.
        return new Moment(
                Long.MAX_VALUE - 2_000_000_000L + millis * 1_000_000L,
                Instant.EPOCH.plusMillis(millis).plus(ahead));
    }

    HostStatus status(String host) {
        return machine.report(state, now()).stream()
                .filter(status -> status.host().equals(HostId.of(host)))
                .findFirst()
                .orElseThrow();
    }

    void runUntil(long untilMillis) {
        long tick = settings.tickInterval().toMillis();
        while (millis < untilMillis) {
            long next = Math.min(untilMillis, (millis / tick + 1) * tick);
            Due first = due.peek();
            if (first != null && first.atMillis() <= next) {
                due.remove();
                advance(Math.max(millis, first.atMillis()));
                offer(first.observation());
            } else {
                advance(next);
                offer(new Observation.Tick());
                slots();
                if (millis / 1000 > wordsAtSecond) {
                    wordsAtSecond = millis / 1000;
                    words();
                }
            }
        }
    }

    private void advance(long toMillis) {
        if (setEveryMillis > 0) {
            ahead = ahead.plus(setBy.multipliedBy(toMillis / setEveryMillis - millis / setEveryMillis));
        }
        millis = toMillis;
    }

    /** Carries out one line of a story. */
    void act(String verb, List<String> arguments) {
        switch (verb) {
            case "boot" -> {
                Host host = host(arguments.get(0));
                host.session = arguments.get(1);
                host.registered = true;
                host.lease = true;
                host.inGroup = true;
                host.probe = Reachability.ACCEPTED;
                host.power = PowerState.ON;
                leases();
                group();
            }
            case "lease" -> {
                Host host = host(arguments.get(0));
                switch (arguments.get(1)) {
                    case "gone" -> host.lease = false;
                    case "left" -> {
                        host.lease = false;
                        host.left.add(host.session);
                    }
                    default -> {
                        host.session = arguments.get(1);
                        host.registered = true;
                        host.lease = true;
                    }
                }
                leases();
            }
            case "act-leave" -> {
                // A leave that was taken before this controller began to watch.
                Host host = host(arguments.get(0));
                host.session = arguments.get(1);
                host.registered = true;
                host.left.add(host.session);
                leases();
            }
            case "group" -> {
                host(arguments.get(0)).inGroup = arguments.get(1).equals("in");
                group();
            }
            case "net" -> {
                Network network = new Network(arguments.get(1));
                networks.add(network);
                Set<Network> shown = host(arguments.get(0)).networks;
                var _ = arguments.get(2).equals("in") ? shown.add(network) : shown.remove(network);
                group();
            }
            case "slot" -> {
                host(arguments.get(0)).slot = switch (arguments.get(1)) {
                    case "beating" -> new SlotSign.Beating("boot");
                    case "still" -> new SlotSign.Still("boot", Duration.ofSeconds(10));
                    case "of-the-last-boot" -> new SlotSign.Still("the boot before", Duration.ofHours(2));
                    case "unreadable" -> new SlotSign.Unreadable("said so");
                    default -> throw new IllegalArgumentException(arguments.get(1));
                };
                slots();
            }
            case "guests" ->
                host(arguments.get(0)).guests = switch (arguments.get(1)) {
                    case "write" -> new GuestActivity.Written("the disk of web-1 is written");
                    case "rest" -> new GuestActivity.Unchanged("1 disk");
                    case "unseen" -> new GuestActivity.Unseen("said so");
                    default -> throw new IllegalArgumentException(arguments.get(1));
                };
            case "says" -> {
                Host host = host(arguments.get(0));
                host.words = words(arguments);
                offer(new Observation.AgentWord(HostId.of(arguments.get(0)), host.session, host.words));
            }
            // Its prober has died: the agent renews its lease and says nothing of its host any more.
            case "hush" -> host(arguments.get(0)).silentOfItself = true;
            case "speak" -> host(arguments.get(0)).silentOfItself = false;
            case "unread" -> reads = false;
            case "read" -> reads = true;
            case "hardware" ->
                offer(new Observation.HardwareRead(
                        HostId.of(arguments.get(0)),
                        arguments.get(1).equals("none")
                                ? null
                                : new HardwareSign(
                                        AgentHealth.Grade.valueOf(arguments.get(1)), "the controller", "said so")));
            case "probe" -> host(arguments.get(0)).probe = Reachability.valueOf(arguments.get(1));
            case "slow" -> host(arguments.get(0)).probeLatency = Duration.ofMillis(Long.parseLong(arguments.get(1)));
            case "power" -> host(arguments.get(0)).power = PowerState.valueOf(arguments.get(1));
            case "alone" -> offer(new Observation.GroupView(Network.MANAGEMENT, Map.of(), 0));
            case "deaf" -> offer(new Observation.GroupView(Network.MANAGEMENT, Map.of(), 1));
            case "together" -> group();
            case "coordination" -> {
                coordinated = arguments.get(0).equals("restored");
                if (coordinated) {
                    offer(new Observation.CoordinationRestored());
                    leases();
                } else {
                    offer(new Observation.CoordinationLost());
                }
            }
            case "word" ->
                offer(new Observation.ForceDown(HostId.of(arguments.get(0)), new Actor("monitor", "api"), "said so"));
            case "clear" -> offer(new Observation.ForceDownCleared(HostId.of(arguments.get(0))));
            case "expect" ->
                offer(new Observation.Expected(
                        arguments.stream().map(HostId::of).toList()));
            case "acknowledge" ->
                offer(new Observation.Acknowledged(
                        HostId.of(arguments.get(0)), arguments.size() > 1 ? arguments.get(1) : null));
            case "forget" -> offer(new Observation.Forgotten(HostId.of(arguments.get(0))));
            case "elected" -> offer(new Observation.Elected());
            case "pause" -> {
                millis += Long.parseLong(arguments.get(0));
                offer(new Observation.Tick());
            }
            // The clock is set; or, forward, the machine was suspended, and its monotonic clock knows nothing of that.
            case "clock" -> ahead = ahead.plusMillis(Long.parseLong(arguments.get(0)));
            case "clock-every" -> {
                setEveryMillis = Long.parseLong(arguments.get(0));
                setBy = Duration.ofMillis(Long.parseLong(arguments.get(1)));
            }
            case "end" -> {}
            default -> throw new IllegalArgumentException("no such verb: " + verb);
        }
    }

    Host host(String name) {
        return hosts.computeIfAbsent(HostId.of(name), id -> new Host());
    }

    private void leases() {
        if (!coordinated) {
            return;
        }
        List<HostRegistration> held = new ArrayList<>();
        List<HostRegistration> known = new ArrayList<>();
        Set<String> left = new HashSet<>();
        hosts.forEach((id, host) -> {
            left.addAll(host.left);
            if (host.registered) {
                (host.lease ? held : known).add(registration(id, host.session));
            }
        });
        offer(new Observation.LeaseView(held, known, left));
    }

    private void group() {
        group(Network.MANAGEMENT, host -> host.inGroup);
        networks.forEach(network -> group(network, host -> host.networks.contains(network)));
    }

    private void group(Network network, Predicate<Host> shown) {
        Map<HostId, Set<String>> agents = new HashMap<>();
        hosts.forEach((id, host) -> {
            if (shown.test(host)) {
                agents.put(id, Set.of(host.session));
            }
        });
        offer(new Observation.GroupView(network, agents, 0));
    }

    /** Whoever reads the slots looks again and again. */
    private void slots() {
        Map<HostId, SlotSign> signs = new HashMap<>();
        hosts.forEach((id, host) -> {
            if (host.slot != null) {
                signs.put(id, host.slot);
            }
        });
        if (!signs.isEmpty()) {
            offer(new Observation.SlotView(signs));
        }
    }

    /** Agents say again what they say, and all of it is read. */
    private void words() {
        if (!reads || !coordinated || hosts.values().stream().allMatch(host -> host.words == null)) {
            return;
        }
        hosts.forEach((id, host) -> {
            if (host.words != null && host.lease && !host.silentOfItself) {
                offer(new Observation.AgentWord(id, host.session, host.words));
            }
        });
        offer(new Observation.WordsRead());
    }

    /** {@code h1 libvirt=bad disk=good}. */
    private static AgentHealth words(List<String> arguments) {
        return new AgentHealth(arguments.stream()
                .skip(1)
                .map(word -> word.split("="))
                .map(word -> new AgentHealth.Finding(
                        AgentHealth.Aspect.valueOf(word[0].toUpperCase(Locale.ROOT)),
                        AgentHealth.Grade.valueOf(word[1].toUpperCase(Locale.ROOT)),
                        ""))
                .toList());
    }

    static HostRegistration registration(HostId id, String session) {
        return new HostRegistration(
                id, SegmentId.of("s1"), "z1", "boot", session, "192.0.2.1", 7000, Resources.NOTHING);
    }

    /** As the product's own loop does it: first it looks whether it was away itself. */
    void offer(Observation observation) {
        vigil = vigil.look(now());
        vigil.pause().ifPresent(gap -> take(new Observation.Paused(gap)));
        take(observation);
    }

    private void take(Observation observation) {
        Step step = machine.step(state, observation, now());
        state = step.next();
        step.changes().forEach(change -> taken.add(change.transition()));
        for (MembershipEvent event : step.events()) {
            events.add(event);
            toldMillis.add(millis);
            story.add(String.format("%6d %s", millis, told(event)));
        }
        for (Command command : step.commands()) {
            Host host = hosts.getOrDefault(command.host(), new Host());
            switch (command) {
                case Command.AskPower ask ->
                    answer(POWER_LATENCY, new Observation.PowerRead(ask.host(), ask.askedAt(), host.power));
                case Command.LookAtGuests look ->
                    answer(LOOK_LATENCY, new Observation.GuestsSeen(look.host(), look.askedAt(), host.guests));
                case Command.Probe probe -> {
                    boolean answers = host.probe != Reachability.SILENT && host.probe != Reachability.MUTE;
                    boolean late = host.probeLatency.compareTo(probe.deadline()) > 0;
                    answer(
                            answers && !late ? host.probeLatency : probe.deadline(),
                            new Observation.ProbeAnswer(
                                    probe.host(), probe.askedAt(), answers && late ? Reachability.SILENT : host.probe));
                }
            }
        }
    }

    private void answer(Duration latency, Observation observation) {
        due.add(new Due(millis + latency.toMillis(), sequence++, observation));
    }

    private static String told(MembershipEvent event) {
        String name = event.getClass().getSimpleName();
        String line = name + " " + event.host();
        return switch (event) {
            case MembershipEvent.Joined joined ->
                line + " " + joined.registration().agentSession();
            case MembershipEvent.Suspected _ -> line;
            case MembershipEvent.Cleared _ -> line;
            case MembershipEvent.Left _ -> line;
            case MembershipEvent.PowerOff _ -> line;
            case MembershipEvent.Degraded degraded -> line + ": " + degraded.reason();
            case MembershipEvent.Isolated isolated -> line + ": " + isolated.reason();
            case MembershipEvent.Held held -> line + ": " + held.reason();
            case MembershipEvent.Lost lost -> line + ": " + lost.reason();
        };
    }
}
