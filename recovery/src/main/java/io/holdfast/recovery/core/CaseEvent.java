package io.holdfast.recovery.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import io.holdfast.fencing.KernelDump;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a case is told. May come late, twice, or not at all. */
public sealed interface CaseEvent {

    /** Nothing happened but time. */
    record Tick() implements CaseEvent {}

    /** Membership condemns the host (again). */
    record Verdict(String reason, List<String> evidence, boolean powerReadsOff) implements CaseEvent {}

    /** Somebody says that the host is gone. */
    record WordGiven(Actor by, boolean fenced, boolean confirmedDead, String reason) implements CaseEvent {
        public WordGiven(Actor by, boolean fenced, String reason) {
            this(by, fenced, false, reason);
        }
    }

    /** Somebody takes that back. */
    record WordTakenBack(Actor by) implements CaseEvent {}

    /** Whether one more host of the segment may be condemned now. */
    record HoldReviewed(boolean pass, String reason) implements CaseEvent {}

    /** The store has the condemnation. */
    record StoreCondemned() implements CaseEvent {}

    /** The store has the host at another epoch: this case is about a life that is over or never was. */
    record StoreRefused(String reason) implements CaseEvent {}

    record FenceProven(int attempt, Phase.Proof proof, List<String> steps) implements CaseEvent {}

    /** @param known false when nobody could say whether the host has power */
    record FenceFailed(int attempt, boolean known, String reason, List<String> steps) implements CaseEvent {}

    /** Nothing was ordered, because the host dumps its kernel's memory or is given the time to say so. */
    record FenceDeferred(int attempt, KernelDump dump) implements CaseEvent {}

    record WordAccepted(Phase.Proof proof) implements CaseEvent {}

    /**
     * The store has the proof, and these instances lived there.
     *
     * @param others instances of the same projects, wherever they are, that some of them may depend on
     * @param together for those whose server group must share a host, strictly: that group
     * @param says for those whose server group says that their consumers are asked: how
     */
    record InstancesListed(
            List<Instance> instances,
            List<Instance> others,
            Map<InstanceId, String> together,
            Map<InstanceId, SayTerms> says)
            implements CaseEvent {

        public InstancesListed(List<Instance> instances, List<Instance> others, Map<InstanceId, String> together) {
            this(instances, others, together, Map.of());
        }

        public InstancesListed(List<Instance> instances, List<Instance> others) {
            this(instances, others, Map.of());
        }

        public InstancesListed(List<Instance> instances) {
            this(instances, List.of());
        }
    }

    /** The fence journal has no proof although this case remembers one. */
    record ProofMissing(String reason) implements CaseEvent {}

    /** The host has a lease again. */
    record HostReturned(String how) implements CaseEvent {}

    record StorePardoned() implements CaseEvent {}

    /** The host knows what it owns and serves. */
    record HostAdmitted(Incarnation incarnation, List<InstanceId> destroyed) implements CaseEvent {}

    /** The returned host failed again; another case goes on with what is under way. */
    record FailedAgain(CaseId next) implements CaseEvent {}

    record RetryAsked(Actor by) implements CaseEvent {}

    /** Somebody gives the case up: what does not run elsewhere by now is left where it is. */
    record AbandonAsked(Actor by, String reason) implements CaseEvent {}

    /** Something was decided about the case from outside, for example that it stands still. */
    record Noted(String kind, String text) implements CaseEvent {}

    /** Somebody wants one instance to be tried again now, without waiting for anything. */
    record RetryInstanceAsked(InstanceId instance, Actor by) implements CaseEvent {}

    /** Somebody wants this case to leave one instance alone. */
    record AbandonInstanceAsked(InstanceId instance, Actor by, String reason) implements CaseEvent {}

    /**
     * Somebody wants an instance moved, whatever its policy.
     *
     * @param stopped whether only its home shall move
     */
    record EvacuationAsked(InstanceId instance, @Nullable HostId only, boolean stopped, Actor by)
            implements CaseEvent {}

    /**
     * The consumer of an instance says what becomes of it.
     *
     * @param only the one destination named, or null for any; only with RECOVER
     */
    record SayGiven(
            InstanceId instance, SayAnswer answer, @Nullable HostId only, Actor by) implements CaseEvent {
        public SayGiven {
            if (only != null && answer != SayAnswer.RECOVER) {
                throw new IllegalArgumentException("a host is named for what is recovered, not for " + answer);
            }
        }
    }

    /** For these instances, which may be of other cases, a plan made now would find homes. */
    record RoomFound(Set<InstanceId> instances) implements CaseEvent {
        public RoomFound {
            instances = Set.copyOf(instances);
        }
    }

    record Planned(long plan, List<PlanAnswer> answers) implements CaseEvent {
        /** @param host null when no host will do, and then {@code reason} says why, host by host */
        public record PlanAnswer(
                InstanceId instance, @Nullable HostId host, String reason) {}
    }

    /** What concerns one instance of the case. */
    sealed interface OfInstance extends CaseEvent {
        InstanceId instance();
    }

    record ClaimGranted(InstanceId instance, int attempt, HostId to, Generation generation) implements OfInstance {}

    record ClaimConflict(InstanceId instance, int attempt, String reason) implements OfInstance {}

    record ClaimRefused(InstanceId instance, int attempt, HostId to, String reason) implements OfInstance {}

    /** The order to start was handed on. */
    record Delivered(InstanceId instance, Generation generation) implements OfInstance {}

    /** The instance as the store has it now; {@code home} null when it has none. */
    record Seen(
            InstanceId instance,
            InstanceGoal goal,
            ActualState actual,
            boolean cameUp,
            @Nullable HostId home,
            Generation generation,
            String fault)
            implements OfInstance {

        public static Seen of(Instance instance) {
            return new Seen(
                    instance.id(),
                    instance.goal(),
                    instance.actual(),
                    instance.cameUp(),
                    instance.home(),
                    instance.generation(),
                    instance.fault() == null ? "" : instance.fault());
        }

        public static Seen gone(InstanceId instance, Generation generation) {
            return new Seen(instance, InstanceGoal.DELETED, ActualState.DELETED, false, null, generation, "");
        }
    }

    record Withdrawn(InstanceId instance, Generation expected, Generation generation) implements OfInstance {}

    record RunsThere(InstanceId instance, Generation expected) implements OfInstance {}

    record NotConfirmed(InstanceId instance, Generation expected, String reason) implements OfInstance {}

    record WithdrawalConflict(InstanceId instance, Generation expected, String reason) implements OfInstance {}

    /** The case of the instance's present home has it on its list. */
    record PickedUp(InstanceId instance, CaseId by) implements OfInstance {}

    /** What concerns the power that the host gets back. */
    sealed interface OfReturn extends CaseEvent {}

    /**
     * What speaks against it now.
     *
     * @param overtaken why this case has nothing to say of the host any more, or an empty text
     * @param here whether the host has registered since
     * @param quarantine why it is in quarantine, or null
     * @param flapping why it ought to be, or an empty text
     * @param objection whatever else, or an empty text
     * @param ordered whether somebody ordered what the objection says
     */
    record ReturnSeen(
            String overtaken,
            boolean here,
            @Nullable String quarantine,
            String flapping,
            String objection,
            boolean ordered)
            implements OfReturn {}

    /** The host is in quarantine in the store. */
    record QuarantineSet() implements OfReturn {}

    record PoweredOn(int attempt, Power how, String detail) implements OfReturn {

        /** What its devices read after the order. */
        public enum Power {
            /** All of them on. */
            ON,
            /** Those on which the proof was read, on; of others nobody knows. */
            ENOUGH,
            NOT,
            /** Nothing was ordered, because something else came first. */
            NOT_NOW
        }
    }
}
