package io.holdfast.compute;

import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.List;

/**
 * Takes an instance back from a <em>living</em> home that answered that it could not start it, so that another host may
 * try. There is no fence proof for such a home; what stands in its place is the home's own confirmation.
 *
 * <p>The order matters: (1) tell the agent the next generation with the goal "not running"; from then on it refuses
 * orders of the old one; (2) only when it has confirmed that nothing runs, take the home away, in one transaction for the
 * expected generation. Until the confirmation the instance keeps its home, so that a home which dies meanwhile takes it
 * into its own case. An agent that does not answer has confirmed nothing.
 */
public interface Withdrawals {

    /** The task of an instance that was taken from its home so that another may try. */
    String WITHDRAWN = "withdrawn";

    /**
     * Blocks for at most the deadline. Idempotent: repeated for the same {@code expected} it goes on where it stopped.
     */
    Answer withdraw(InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline);

    /**
     * Gives an instance without a home, at this generation, a home. Idempotent like an evacuation. It was withdrawn, or taken
     * off a home that came back apart from its group ({@link Hosts#introduce}); one that looks for a home by itself is left
     * to whoever looks.
     */
    Claim claim(InstanceId instance, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts);

    /**
     * Moves an instance, running or not, from a living home to another: (1) tells the home's agent the next generation with
     * the goal "not running"; (2) only when it has confirmed that nothing runs, gives it the new home, in one transaction
     * for the expected generation that also looks at the new home's room and at the strict rule of its server group.
     *
     * <p>There is no moment at which the instance has no home. When the new home is refused, the same transaction has it go
     * on at the old one, at a generation that is newer than what its agent was told. Until the confirmation it keeps its
     * home at its generation, so that a home which dies meanwhile takes it into its own case.
     *
     * <p>Blocks for at most the deadline. Idempotent: repeated for the same {@code expected} it goes on where it stopped.
     * The instance has the task {@link #MIGRATING} from the first call on.
     */
    Relocation relocate(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline);

    /**
     * Gives a running instance the home that somebody else has moved it to: as {@link #relocate}, but its guest is there
     * already. So the new home's room and the rule of its server group are no reason to refuse: what is true is written
     * down, and nothing new is placed there until there is room. While the old home says that it has the guest, nothing is
     * told to it: {@link Relocation.NotConfirmed}. While the new home is neither serving nor proven isolated
     * the guest may run there, so the instance is left where it is: {@link Relocation.NotConfirmed}. When it is proven
     * isolated the instance goes on at its old home.
     */
    Relocation follow(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline);

    /**
     * Whether the agent of a host says that the instance has a guest there now, owned or not. False also when it does not
     * answer. Blocks for at most the deadline.
     */
    boolean isSeenAt(InstanceId instance, HostId host, Duration deadline);

    /**
     * Has an instance go on at its home, at a generation newer than what a relocation that took nothing has told its agent.
     * The agent starts it if it has stopped it.
     */
    Relocation keep(InstanceId instance, Generation expected, HostId home, LeaderEpoch leader);

    /** The task of an instance that is being relocated. */
    String MIGRATING = "migrating";

    /** How a relocation ended. */
    sealed interface Relocation {
        /** It has its new home, at this generation, and is to be started there. */
        record Relocated(Generation generation) implements Relocation {}

        /** It goes on at its home, at this generation, and is to be started there. */
        record Kept(Generation generation, String reason) implements Relocation {}

        /** The home did not confirm. The instance must be treated as running there. */
        record NotConfirmed(String reason) implements Relocation {}

        /** The instance, or its home, is not as it was: look again. Nothing was changed. */
        record Conflict(String reason) implements Relocation {}
    }

    /** How a withdrawal ended. */
    sealed interface Answer {
        /** Nothing runs there, and nothing with an older generation ever will. */
        record Withdrawn(Generation generation) implements Answer {}

        /** It runs there after all. Nothing was withdrawn. */
        record RunsThere() implements Answer {}

        /** The home did not confirm. The instance must be treated as running there. */
        record NotConfirmed(String reason) implements Answer {}

        /** The instance is not as it was: look again. */
        record Conflict(String reason) implements Answer {}
    }

    /** For an assembly whose agents cannot confirm: a failed start is then a matter for a human, never a guess. */
    static Withdrawals unsupported() {
        return new Withdrawals() {
            @Override
            public Answer withdraw(
                    InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline) {
                return new Answer.NotConfirmed("host " + from + " has no way to confirm that it does not run it");
            }

            @Override
            public Claim claim(
                    InstanceId instance, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts) {
                return new Claim.Conflict("instance " + instance + " was never withdrawn");
            }

            @Override
            public Relocation relocate(
                    InstanceId instance,
                    Generation expected,
                    HostId from,
                    HostId to,
                    LeaderEpoch leader,
                    Duration deadline) {
                return new Relocation.NotConfirmed("host " + from + " has no way to confirm that it does not run it");
            }

            @Override
            public Relocation follow(
                    InstanceId instance,
                    Generation expected,
                    HostId from,
                    HostId to,
                    LeaderEpoch leader,
                    Duration deadline) {
                return relocate(instance, expected, from, to, leader, deadline);
            }

            @Override
            public boolean isSeenAt(InstanceId instance, HostId host, Duration deadline) {
                return false;
            }

            @Override
            public Relocation keep(InstanceId instance, Generation expected, HostId home, LeaderEpoch leader) {
                return new Relocation.Conflict("instance " + instance + " was never asked to leave");
            }
        };
    }
}
