package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.Phase;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Plays the failure of some hosts through the case machine, as far as the answers can be known without touching anything:
 * the store takes each condemnation, the fence is proven, and all instances that want a home are planned at once. So what
 * it says about an instance is what the machine would do, and not a second copy of its rules.
 *
 * <p>Pure, but for the planner that it is given, which is pure too.
 */
final class DryRun {

    private DryRun() {}

    /**
     * @param plannedAt when a plan for this failure was looked at last, or null
     * @param place the planner, over a snapshot in which the failed hosts are not alive
     */
    static WhatIf of(
            SegmentId segment,
            List<ComputeHost> failed,
            List<Guards.Review> reviews,
            Map<HostId, List<Instance>> living,
            Function<HostId, List<String>> levels,
            @Nullable Instant plannedAt,
            Function<List<PlacementRequest>, List<Placement>> place,
            Instant now,
            RecoverySettings settings) {
        List<CaseState> cases = new ArrayList<>();
        List<PlacementRequest> requests = new ArrayList<>();
        Map<InstanceId, Long> plans = new LinkedHashMap<>();
        for (ComputeHost host : failed) {
            CaseStep step =
                    proven(segment, host.id(), host.epoch(), living.getOrDefault(host.id(), List.of()), now, settings);
            cases.add(step.next());
            for (CaseCommand command : step.commands()) {
                if (command instanceof CaseCommand.Plan plan) {
                    requests.addAll(plan.requests());
                    plan.requests().forEach(request -> plans.put(request.instance(), plan.number()));
                }
            }
        }
        Map<InstanceId, CaseEvent.Planned.PlanAnswer> answers = new LinkedHashMap<>();
        for (Placement placement : requests.isEmpty() ? List.<Placement>of() : place.apply(requests)) {
            answers.put(placement.instance(), CommandRunner.answer(placement));
        }
        List<WhatIf.HostPlan> hosts = new ArrayList<>();
        for (int i = 0; i < failed.size(); i++) {
            ComputeHost host = failed.get(i);
            CaseState planned = answered(cases.get(i), answers, plans, now, settings);
            Guards.Review review = reviews.get(i);
            hosts.add(new WhatIf.HostPlan(
                    host.id(),
                    switch (review.decision()) {
                        case ACT -> "condemned";
                        case HOLD -> "held";
                        case IGNORE -> "ignored";
                    },
                    review.reason(),
                    review.lines(),
                    ladder(levels.apply(host.id()), settings),
                    plannedAt,
                    instances(planned, living.getOrDefault(host.id(), List.of()))));
        }
        return new WhatIf(hosts);
    }

    /**
     * What would be tried to isolate a host, rung by rung: each level of fencing that is configured for it, with how often
     * and for how long, and at last a human.
     */
    private static List<String> ladder(List<String> levels, RecoverySettings settings) {
        List<String> rungs = new ArrayList<>();
        for (int i = 0; i < levels.size(); i++) {
            rungs.add("level " + (i + 1) + " of " + levels.size() + ": " + levels.get(i));
        }
        String attempts = levels.isEmpty()
                ? "no power device is configured for it, so"
                : "after " + settings.fenceAttempts() + " attempts of at most "
                        + settings.fenceDeadline().toSeconds() + " s without a proof";
        rungs.add("a human: " + attempts + " operators are told, and nothing of it is started elsewhere until one"
                + " confirms it dead or isolated, or a later attempt (every "
                + settings.operatorRetry().toSeconds() + " s) proves it");
        return rungs;
    }

    /** Who of those that live there would be started elsewhere, or given a home there, the most important first. */
    static List<Move> moved(
            SegmentId segment,
            HostId host,
            HostEpoch epoch,
            List<Instance> living,
            Instant now,
            RecoverySettings settings) {
        return proven(segment, host, epoch, living, now, settings).next().moves().stream()
                .filter(move -> !move.settled())
                .toList();
    }

    /** What would be asked of the planner first, as a case of this host alone would ask it. */
    static List<PlacementRequest> firstPlan(
            SegmentId segment,
            HostId host,
            HostEpoch epoch,
            CaseEvent.InstancesListed listed,
            Instant now,
            RecoverySettings settings) {
        return proven(segment, host, epoch, listed, now, settings).commands().stream()
                .filter(CaseCommand.Plan.class::isInstance)
                .flatMap(command -> ((CaseCommand.Plan) command).requests().stream())
                .toList();
    }

    /** All at once: neither dependencies nor consumers' answers are looked at. */
    private static CaseStep proven(
            SegmentId segment,
            HostId host,
            HostEpoch epoch,
            List<Instance> living,
            Instant now,
            RecoverySettings settings) {
        // What is being deleted ends with the proof: the store does not list it after one.
        List<Instance> left = living.stream()
                .filter(instance -> instance.goal() != InstanceGoal.DELETED)
                .toList();
        return proven(segment, host, epoch, new CaseEvent.InstancesListed(left), now, settings);
    }

    /** A case that got as far as knowing who lived there. */
    private static CaseStep proven(
            SegmentId segment,
            HostId host,
            HostEpoch epoch,
            CaseEvent.InstancesListed listed,
            Instant now,
            RecoverySettings settings) {
        CaseState state = CaseMachine.open(
                        new CaseMachine.Opening(
                                CaseId.of(new UUID(0, 0)),
                                segment,
                                host,
                                epoch,
                                "assumed",
                                List.of(),
                                null,
                                false,
                                null,
                                new CaseEvent.HoldReviewed(true, "assumed"),
                                List.of(),
                                List.of(),
                                List.of()),
                        now,
                        settings)
                .next();
        state = CaseMachine.step(state, new CaseEvent.StoreCondemned(), now, settings)
                .next();
        // Of the kinds of proof the one that every level is there for; what comes after a proof may ask which it is.
        Phase.Proof proof = new Phase.Proof(FenceProof.Kind.POWER_READ_OFF.name(), "a dry run proves nothing", now);
        state = CaseMachine.step(state, new CaseEvent.FenceProven(1, proof, List.of()), now, settings)
                .next();
        return CaseMachine.step(state, listed, now, settings);
    }

    private static CaseState answered(
            CaseState state,
            Map<InstanceId, CaseEvent.Planned.PlanAnswer> answers,
            Map<InstanceId, Long> plans,
            Instant now,
            RecoverySettings settings) {
        List<CaseEvent.Planned.PlanAnswer> own = state.moves().stream()
                .map(move -> answers.get(move.id()))
                .filter(java.util.Objects::nonNull)
                .toList();
        if (own.isEmpty()) {
            return state;
        }
        long plan = plans.getOrDefault(own.getFirst().instance(), 0L);
        return CaseMachine.step(state, new CaseEvent.Planned(plan, own), now, settings)
                .next();
    }

    private static List<WhatIf.InstancePlan> instances(CaseState state, List<Instance> living) {
        Map<InstanceId, Instance> known = new LinkedHashMap<>();
        living.forEach(instance -> known.put(instance.id(), instance));
        List<WhatIf.InstancePlan> plans = new ArrayList<>();
        for (CaseView.InstanceLine line : CaseViews.of(state, List.of()).instances()) {
            Instance instance = known.get(line.instance());
            plans.add(new WhatIf.InstancePlan(
                    line.instance(),
                    line.name(),
                    line.policy().name().toLowerCase(Locale.ROOT),
                    instance == null ? "" : instance.policySource(),
                    line.state(),
                    line.destination(),
                    line.reason()));
        }
        return plans;
    }
}
