package io.holdfast.membership.core;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.HardwareSign;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Network;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.SlotSign;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be observed. Views are whole, not differences: a view that was missed is repaired by the next, and the same
 * view twice changes nothing.
 */
public sealed interface Observation {

    /**
     * All leases, as the coordination service holds them.
     *
     * @param held leases that stand
     * @param known hosts whose lease does not stand, as they registered last
     * @param left agent sessions that took their leave on purpose
     */
    record LeaseView(List<HostRegistration> held, List<HostRegistration> known, Set<String> left)
            implements Observation {
        public LeaseView {
            held = List.copyOf(held);
            known = List.copyOf(known);
            left = Set.copyOf(left);
        }
    }

    /**
     * The group on one network, as its protocol and its observers see it.
     *
     * @param agents agent sessions in the view, by host
     * @param others members that are neither agents nor ourselves: other controllers
     * @param words what the observers on that network say of hosts that not all of them hear; evidence for people, from which
     *     nothing is concluded
     */
    record GroupView(Network network, Map<HostId, Set<String>> agents, int others, Map<HostId, String> words)
            implements Observation {
        public GroupView {
            agents = Map.copyOf(agents);
            words = Map.copyOf(words);
        }

        /** Without observers. */
        public GroupView(Network network, Map<HostId, Set<String>> agents, int others) {
            this(network, agents, others, Map.of());
        }
    }

    /** The group on that network was looked at again, and is as the last {@link GroupView} said. */
    record GroupUnchanged(Network network) implements Observation {}

    /**
     * What the slots on the shared storage say, as far as they are read from here.
     *
     * @param slots a whole view by host; empty while no storage can be read
     */
    record SlotView(Map<HostId, SlotSign> slots) implements Observation {
        public SlotView {
            slots = Map.copyOf(slots);
        }
    }

    /**
     * What an agent says of its own host; said again when it changes.
     *
     * @param agentSession the agent that says so
     */
    record AgentWord(HostId host, String agentSession, AgentHealth health) implements Observation {}

    /**
     * All that agents had said by now is taken. Whose word has not come again by then has not said it again; without this, an agent that
     * is silent could not be told from a reader that stands still.
     */
    record WordsRead() implements Observation {}

    /**
     * What a host's management controller says of its hardware.
     *
     * @param sign null when what was said before holds no more
     */
    record HardwareRead(HostId host, @Nullable HardwareSign sign) implements Observation {}

    /** We ourselves have no contact with the coordination service. */
    record CoordinationLost() implements Observation {}

    /** Contact is back; a {@link LeaseView} follows. */
    record CoordinationRestored() implements Observation {}

    /** The answer to {@link Command.Probe}. */
    record ProbeAnswer(HostId host, Moment askedAt, Reachability answer) implements Observation {}

    /** The answer to {@link Command.AskPower}. */
    record PowerRead(HostId host, Moment askedAt, PowerState answer) implements Observation {}

    /** The answer to {@link Command.LookAtGuests}. */
    record GuestsSeen(HostId host, Moment askedAt, GuestActivity activity) implements Observation {}

    /** Somebody says that the host is down, and answers for it. */
    record ForceDown(HostId host, Actor by, String reason) implements Observation {}

    /** The word is taken back. */
    record ForceDownCleared(HostId host) implements Observation {}

    /** Hosts that the database knows. */
    record Expected(List<HostId> hosts) implements Observation {
        public Expected {
            hosts = List.copyOf(hosts);
        }
    }

    /**
     * Recovery has the verdict in its journal.
     *
     * @param agentSession the session that was condemned, or null for the newest one known
     */
    record Acknowledged(HostId host, @Nullable String agentSession) implements Observation {}

    /** Recovery does not follow the verdict, or the case is over: judge the host anew from its signals. */
    record Forgotten(HostId host) implements Observation {}

    /** This process became leader: a full grace period begins. */
    record Elected() implements Observation {}

    /** This process was not running for that long. */
    record Paused(Duration gap) implements Observation {}

    /** Time has passed. */
    record Tick() implements Observation {}
}
