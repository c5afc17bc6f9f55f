package io.holdfast.chaos.bench.alarms;

import io.holdfast.chaos.sim.Agent;
import io.holdfast.chaos.sim.Dice;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Network;
import io.holdfast.chaos.sim.Network.Net;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A plain SWIM detector (Das, Gupta, Motivala 2002) among the agents of a world, on the same network and the same hosts as the
 * product, with dice of its own, so that the world does not know that it is watched.
 *
 * <p>Every period each member pings another at random; without an answer after a third of the period it asks {@code helpers}
 * others to ping it; without an answer at the end of the period the other is <em>suspected</em>, and who does not refute that
 * within the suspicion time is <em>confirmed</em> dead.
 *
 * <p>Where the model is simpler than the protocol, it is so in SWIM's favour: a word spreads to everybody at once; a suspicion
 * that is refuted is refuted within one period; who wakes up after a pause first reads what arrived meanwhile, and
 * suspects nobody; and a member that is cut off, which suspects everybody in turn, is not counted at all.
 */
final class Swim {

    /** The periods of the members are spread over so many parts of it. */
    private static final int PARTS = 10;

    private final World world;
    private final Dice dice;
    private final Duration period;
    private final int helpers;
    private final Duration suspicion;
    private final Listener listener;
    private final Set<HostId> suspected = new HashSet<>();
    private final Set<HostId> confirmed = new HashSet<>();
    private List<Host> members = List.of();
    private boolean ended;
    private int part;

    /** Hears what the detector concludes. */
    interface Listener {
        void suspected(Host host);

        void confirmed(Host host);
    }

    /**
     * @param period of the protocol, which decides how fast it is
     * @param helpers that are asked to ping, the paper's k
     * @param suspicion how long a suspicion may be refuted
     */
    Swim(World world, Duration period, int helpers, Duration suspicion, Listener listener) {
        this.world = world;
        this.dice = world.dice("swim");
        this.period = period;
        this.helpers = helpers;
        this.suspicion = suspicion;
        this.listener = listener;
    }

    /** Every host that the world has by now is a member. */
    void begin() {
        members = List.copyOf(world.hosts());
        world.timeline().after(period.dividedBy(PARTS), this::tick);
    }

    void end() {
        ended = true;
    }

    private void tick() {
        if (ended) {
            return;
        }
        for (int i = part; i < members.size(); i += PARTS) {
            probe(members.get(i));
        }
        part = (part + 1) % PARTS;
        world.timeline().after(period.dividedBy(PARTS), this::tick);
    }

    private void probe(Host prober) {
        if (!works(prober)) {
            return;
        }
        Host target = members.get(dice.between(0, members.size() - 1));
        if (target == prober || confirmed.contains(target.id())) {
            return;
        }
        boolean arrives = roundTrip(prober, target);
        if (arrives && works(target)) {
            return;
        }
        world.timeline().after(period.dividedBy(3), () -> askOthers(prober, target, arrives));
    }

    private void askOthers(Host prober, Host target, boolean pingArrived) {
        if (!works(prober)) {
            return;
        }
        boolean answered = pingArrived && works(target);
        boolean waits = pingArrived;
        for (int i = 0; i < helpers; i++) {
            Host helper = members.get(dice.between(0, members.size() - 1));
            if (helper != prober && helper != target && works(helper)) {
                boolean reaches = roundTrip(prober, helper) && roundTrip(helper, target);
                answered |= reaches && works(target);
                waits |= reaches;
            }
        }
        if (!answered) {
            boolean lateAnswerArrives = waits;
            world.timeline().after(period.dividedBy(3).multipliedBy(2), () -> {
                // Who stood still, and runs again before the period is over, answers what has waited for it.
                if (works(prober) && !(lateAnswerArrives && works(target)) && isHeard(prober)) {
                    suspect(target);
                }
            });
        }
    }

    private void suspect(Host target) {
        HostId id = target.id();
        if (ended || confirmed.contains(id) || !suspected.add(id)) {
            return;
        }
        listener.suspected(target);
        refute(target, world.timeline().now() + suspicion.toNanos());
    }

    private void refute(Host target, long untilNanos) {
        world.timeline().after(period, () -> {
            HostId id = target.id();
            if (works(target) && isHeard(target)) {
                suspected.remove(id);
            } else if (world.timeline().now() >= untilNanos) {
                suspected.remove(id);
                if (!ended) {
                    confirmed.add(id);
                    listener.confirmed(target);
                    join(target);
                }
            } else {
                refute(target, untilNanos);
            }
        });
    }

    /** Whoever was confirmed dead joins anew when it can. */
    private void join(Host target) {
        world.timeline().after(Duration.ofSeconds(1), () -> {
            if (works(target) && isHeard(target)) {
                confirmed.remove(target.id());
            } else if (!ended) {
                join(target);
            }
        });
    }

    private static boolean works(Host host) {
        Agent agent = host.agent();
        return host.runs() && agent != null && !agent.isHung();
    }

    private boolean roundTrip(Host one, Host other) {
        Network network = world.network();
        return !dice.chance(network.roundTripLoss(Net.MANAGEMENT, one.party(), other.party()));
    }

    /** Whether what it says can come to anybody: one of three others. */
    private boolean isHeard(Host speaker) {
        for (int i = 0; i < 3; i++) {
            Host other = members.get(dice.between(0, members.size() - 1));
            if (other != speaker
                    && works(other)
                    && world.network().connected(Net.MANAGEMENT, speaker.party(), other.party())) {
                return true;
            }
        }
        return false;
    }
}
