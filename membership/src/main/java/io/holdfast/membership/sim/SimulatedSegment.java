package io.holdfast.membership.sim;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.HostProbe;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.PowerProbe;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.Signals;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that exist only as signals. A switch ({@link #cutPower}, {@link #killAgent}, …) acts at once on the host; its
 * lease and its place in the group follow as late as the real ones would by the settings.
 *
 * <p>The scheduler decides the clock: pass one that runs on virtual time, and so does the segment.
 */
public final class SimulatedSegment implements Signals, HostProbe, PowerProbe {

    /** How often real sources say again what has not changed. */
    private static final Duration REPEAT = Duration.ofSeconds(1);

    private final MembershipSettings settings;
    private final ScheduledExecutorService scheduler;
    private final Map<HostId, Host> hosts = new TreeMap<>();
    private final Set<Network> wires = new TreeSet<>();
    private boolean coordinated = true;
    private boolean readsSlots;
    private @Nullable Consumer<Observation> inbox;

    /** What is true of a host, and what its signals say. Guarded by the segment. */
    private static final class Host {
        HostRegistration registration;
        boolean powered = true;
        boolean agentRuns = true;
        boolean lease = true;
        boolean grouped = true;
        boolean left;

        /** No packet reaches it or leaves it; its guests and its slot go on. */
        boolean cut;

        /** Networks beside the management network that show it. */
        final Set<Network> networks = new TreeSet<>();

        @Nullable
        SlotSign slot;

        AgentHealth health = AgentHealth.UNSAID;

        /** Rises with each switch, so that a signal that was to vanish for an older reason does not. */
        int switches;

        Host(HostRegistration registration) {
            this.registration = registration;
        }
    }

    public SimulatedSegment(MembershipSettings settings, ScheduledExecutorService scheduler) {
        this.settings = settings;
        this.scheduler = scheduler;
    }

    /** On the real clock. */
    public SimulatedSegment(MembershipSettings settings) {
        this(
                settings,
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("sim-signals").daemon(true).factory()));
    }

    @Override
    public synchronized void start(Consumer<Observation> inbox) {
        this.inbox = inbox;
        inbox.accept(new Observation.CoordinationRestored());
        tell();
        repeat();
    }

    @Override
    public synchronized void close() {
        inbox = null;
        scheduler.shutdownNow();
    }

    /** The host has power, its agent runs, and both signals are there at once. Also a restart of the agent. */
    public synchronized void join(HostRegistration registration) {
        Host before = hosts.put(registration.host(), new Host(registration));
        if (before != null) {
            before.switches++;
        }
        tell();
    }

    /** Silent: no leave, no reset; whoever waits for an answer waits for ever. */
    public synchronized void cutPower(HostId id) {
        Host host = host(id);
        host.powered = false;
        host.agentRuns = false;
        vanish(host);
    }

    /** The host goes on, its kernel refuses connections. */
    public synchronized void killAgent(HostId id) {
        Host host = host(id);
        host.agentRuns = false;
        vanish(host);
    }

    /** The agent stands still; the host's kernel goes on accepting for it. */
    public synchronized void freezeAgent(HostId id) {
        // Nothing changes that the kernel or the power device could show.
        vanish(host(id));
    }

    /** Every network loses the host, which goes on: lease and places follow as late as the real ones would. */
    public synchronized void cutOff(HostId id) {
        Host host = host(id);
        host.cut = true;
        host.networks.clear();
        vanish(host);
    }

    /** A network beside the management network shows the host at once, or has lost it. */
    public synchronized void show(HostId id, Network network, boolean shown) {
        wires.add(network);
        Set<Network> networks = host(id).networks;
        var _ = shown ? networks.add(network) : networks.remove(network);
        tell();
    }

    /** From now on the host's slot looks so each time that it is read, twice a second; null for a host without one. */
    public synchronized void slot(HostId id, @Nullable SlotSign sign) {
        host(id).slot = sign;
        readSlots();
    }

    /** The agent says so of its host, and says it again until it says something else. */
    public synchronized void say(HostId id, AgentHealth health) {
        host(id).health = health;
        tell();
    }

    /** A clean stop of the agent. */
    public synchronized void leave(HostId id) {
        Host host = host(id);
        host.switches++;
        host.agentRuns = false;
        host.left = true;
        host.lease = false;
        host.grouped = false;
        tell();
    }

    /** Contact between the controller and the coordination service. */
    public synchronized void coordinate(boolean nowCoordinated) {
        coordinated = nowCoordinated;
        say(nowCoordinated ? new Observation.CoordinationRestored() : new Observation.CoordinationLost());
        tell();
    }

    @Override
    public Reachability call(HostRegistration where, Duration deadline) {
        synchronized (this) {
            Host host = hosts.get(where.host());
            if (host != null && host.powered && !host.cut) {
                return host.agentRuns ? Reachability.ACCEPTED : Reachability.REFUSED;
            }
        }
        try {
            Thread.sleep(deadline);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return Reachability.SILENT;
    }

    @Override
    public synchronized PowerState readPower(HostId id, Duration deadline) {
        Host host = hosts.get(id);
        return host == null ? PowerState.UNKNOWN : host.powered ? PowerState.ON : PowerState.OFF;
    }

    private void vanish(Host host) {
        int reason = ++host.switches;
        after(settings.heartbeatTimeout().plus(settings.verifyTimeout()), () -> {
            if (host.switches == reason) {
                host.grouped = false;
            }
        });
        after(settings.sessionTimeout(), () -> {
            if (host.switches == reason) {
                host.lease = false;
            }
        });
    }

    private void after(Duration delay, Runnable change) {
        try {
            var _ = scheduler.schedule(
                    () -> {
                        synchronized (this) {
                            change.run();
                            tell();
                        }
                    },
                    delay.toNanos(),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            // The segment is closed: nobody listens for this signal any more.
            inbox = null;
        }
    }

    private Host host(HostId id) {
        Host host = hosts.get(id);
        if (host == null) {
            throw new IllegalArgumentException("no host " + id + " has joined this simulated segment");
        }
        return host;
    }

    private void tell() {
        List<HostRegistration> held = new ArrayList<>();
        List<HostRegistration> known = new ArrayList<>();
        Set<String> left = new HashSet<>();
        Map<HostId, Set<String>> agents = new HashMap<>();
        hosts.forEach((id, host) -> {
            (host.lease ? held : known).add(host.registration);
            if (host.left) {
                left.add(host.registration.agentSession());
            }
            if (host.grouped) {
                agents.put(id, Set.of(host.registration.agentSession()));
            }
        });
        if (coordinated) {
            say(new Observation.LeaseView(held, known, left));
        }
        say(new Observation.GroupView(Network.MANAGEMENT, agents, 0));
        for (Network network : wires) {
            Map<HostId, Set<String>> shown = new HashMap<>();
            hosts.forEach((id, host) -> {
                if (host.networks.contains(network)) {
                    shown.put(id, Set.of(host.registration.agentSession()));
                }
            });
            say(new Observation.GroupView(network, shown, 0));
        }
        hosts.forEach((id, host) -> {
            if (host.lease && coordinated && !host.health.findings().isEmpty()) {
                say(new Observation.AgentWord(id, host.registration.agentSession(), host.health));
            }
        });
    }

    /** What has not changed is told again all the same: a word that nobody repeats, and a view that nobody renews, gets old. */
    private void repeat() {
        after(REPEAT, () -> {
            say(new Observation.WordsRead());
            repeat();
        });
    }

    /** Again and again, as a reader would: a view that nobody renews says nothing. */
    private void readSlots() {
        Map<HostId, SlotSign> slots = new HashMap<>();
        hosts.forEach((id, host) -> {
            if (host.slot != null) {
                slots.put(id, host.slot);
            }
        });
        say(new Observation.SlotView(slots));
        if (!readsSlots) {
            readsSlots = true;
            again();
        }
    }

    private void again() {
        after(settings.slotTime().dividedBy(6), () -> {
            readSlots();
            again();
        });
    }

    private void say(Observation observation) {
        Consumer<Observation> listening = inbox;
        if (listening != null) {
            listening.accept(observation);
        }
    }
}
