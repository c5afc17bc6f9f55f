package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.MembershipRules;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.membership.core.Moment;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.core.State;
import io.holdfast.membership.core.Step;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.RecoverySettings;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Mistakes in what is concluded from what is heard. */
final class MembershipMutants {

    private MembershipMutants() {}

    private static Mutation seeing(UnaryOperator<Observation> change) {
        return new Mutation() {
            @Override
            public MembershipRules membershipRules(MembershipMachine real) {
                return (State state, Observation observation, Moment now) -> step(real, state, observation, now);
            }

            private Step step(MembershipMachine real, State state, Observation observation, Moment now) {
                return real.step(state, change.apply(observation), now);
            }
        };
    }

    /** What lies in the time before it could hear anybody is held against the hosts. */
    static Mutation noGrace() {
        return new Mutation() {
            @Override
            public MembershipSettings membership(MembershipSettings real) {
                return MembershipMutants.with(
                        real.withGrace(Duration.ofSeconds(1)), Duration.ofMillis(100), real.maxShare());
            }

            @Override
            public MembershipRules membershipRules(MembershipMachine real) {
                return (state, observation, now) -> real.step(
                        state,
                        observation instanceof Observation.Elected || observation instanceof Observation.Paused
                                ? new Observation.Tick()
                                : observation,
                        now);
            }
        };
    }

    /** Power that cannot be read, because the same network is down, agrees with the silence on that network. */
    static Mutation oneObserverTwice() {
        return seeing(
                observation -> observation instanceof Observation.PowerRead read && read.answer() == PowerState.UNKNOWN
                        ? new Observation.PowerRead(read.host(), read.askedAt(), PowerState.OFF)
                        : observation);
    }

    /** An agent that says nothing speaks for its whole host: what a supervisor answers beside it is not heard. */
    static Mutation supervisorUnheard() {
        return seeing(observation ->
                observation instanceof Observation.ProbeAnswer probe && probe.answer() == Reachability.ANSWERED
                        ? new Observation.ProbeAnswer(probe.host(), probe.askedAt(), Reachability.MUTE)
                        : observation);
    }

    /** A view without anybody is believed. */
    static Mutation deafObserver() {
        return new Mutation() {
            @Override
            public MembershipSettings membership(MembershipSettings real) {
                return MembershipMutants.with(real, real.settleTime(), 1.0);
            }

            @Override
            public RecoverySettings recovery(RecoverySettings real) {
                return MembershipMutants.bold(real);
            }

            @Override
            public MembershipRules membershipRules(MembershipMachine real) {
                return (state, observation, now) -> switch (observation) {
                    case Observation.CoordinationLost lost -> real.step(state, new Observation.Tick(), now);
                    case Observation.GroupView view ->
                        // Somebody whom nobody knows is company enough.
                        real.step(
                                state,
                                view.agents().isEmpty()
                                        ? new Observation.GroupView(
                                                view.network(),
                                                Map.of(HostId.of("nobody"), Set.of("nobody")),
                                                view.others())
                                        : view,
                                now);
                    default -> real.step(state, observation, now);
                };
            }
        };
    }

    static Mutation noStormGuard() {
        return new Mutation() {
            @Override
            public MembershipSettings membership(MembershipSettings real) {
                return MembershipMutants.with(real, real.settleTime(), 1.0);
            }

            @Override
            public RecoverySettings recovery(RecoverySettings real) {
                return MembershipMutants.bold(real);
            }
        };
    }

    private static MembershipSettings with(MembershipSettings m, Duration settle, double share) {
        return new MembershipSettings(
                m.connectString(),
                m.zookeeperPort(),
                m.bindAddress(),
                m.sessionTimeout(),
                m.groupPort(),
                m.groupHosts(),
                m.networks(),
                m.cut(),
                m.heartbeatInterval(),
                m.heartbeatTimeout(),
                m.verifyTimeout(),
                m.leaseTime(),
                m.groupTime(),
                m.probeTime(),
                m.hangTime(),
                m.probeTimeout(),
                m.powerTimeout(),
                m.askTime(),
                m.inquiryInterval(),
                m.agentSilence(),
                m.grace(),
                settle,
                m.tickInterval(),
                m.pauseLimit(),
                m.shareWindow(),
                share,
                m.slotTime(),
                m.verdictRepeat(),
                m.health());
    }

    private static RecoverySettings bold(RecoverySettings r) {
        return new RecoverySettings(
                r.fenceAttempts(),
                r.fenceDeadline(),
                r.fenceBackoff(),
                r.operatorRetry(),
                r.maxFencesInFlight(),
                1.0,
                r.holdRecheck(),
                r.holdEscalation(),
                r.startAttempts(),
                r.startTimeout(),
                r.retryBackoff(),
                r.replanInterval(),
                r.instanceDeadline(),
                r.maxStartsPerDestination(),
                r.maxStartsTotal(),
                r.callDeadline(),
                r.callBackoff(),
                r.scanInterval(),
                GuardSettings.defaults(),
                r.proofs(),
                r.unfence(),
                r.instances());
    }
}
