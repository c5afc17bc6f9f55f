package io.holdfast.recovery.core;

import io.holdfast.compute.Instance;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The recovery of one instance.
 *
 * @param generation the newest generation this case knows of
 * @param withdrawn true once the instance was taken back from a home that could not start it: it has no home, and the
 *     next claim rests on that home's confirmation instead of a fence proof
 * @param attempts homes tried so far
 * @param excluded hosts not to be tried again
 * @param only the one host somebody asked for, or null
 * @param escalateAt when a human is told, if it has not settled by then
 * @param told whether one was
 * @param terms how it wants to be recovered
 * @param waitsFor those that have to be ready before it is planned
 * @param restarts further tries on the home that could not start it
 * @param say that its consumer is asked what becomes of it, or null when nobody is
 */
public record Move(
        InstanceId id,
        String name,
        ProjectId project,
        RecoveryPolicy policy,
        String policySource,
        Resources wants,
        @Nullable String zone,
        Generation generation,
        boolean withdrawn,
        MoveState state,
        int attempts,
        List<Exclusion> excluded,
        @Nullable HostId only,
        Instant escalateAt,
        boolean told,
        Terms terms,
        List<Dependency> waitsFor,
        int restarts,
        @Nullable Say say) {

    public Move {
        excluded = List.copyOf(excluded);
        // Documents that an earlier release wrote have neither.
        terms = terms == null ? Terms.OF_OLD : terms;
        waitsFor = waitsFor == null ? List.of() : List.copyOf(waitsFor);
    }

    /** A host that was tried in vain. */
    public record Exclusion(HostId host, String reason) {}

    static Move of(Instance instance, MoveState state, Instant escalateAt, Terms terms) {
        return new Move(
                instance.id(),
                instance.name(),
                instance.project(),
                instance.policy(),
                instance.policySource(),
                instance.resources(),
                instance.zone(),
                instance.generation(),
                false,
                state,
                0,
                List.of(),
                null,
                escalateAt,
                false,
                terms,
                List.of(),
                0,
                null);
    }

    public boolean settled() {
        return state instanceof MoveState.Settled;
    }

    /** Its home is still the failed host, as far as this case knows: nothing has been claimed and nothing is under way. */
    boolean stillAtHome() {
        MoveState at = state instanceof MoveState.NeedsOperator n ? n.was() : state;
        return !withdrawn
                && (at instanceof MoveState.Waiting
                        || at instanceof MoveState.AwaitingSay
                        || at instanceof MoveState.Retrying
                        || at instanceof MoveState.Notified
                        || at instanceof MoveState.Left
                        || (at instanceof MoveState.Abandoned abandoned && abandoned.to() == null));
    }

    /** Waits for other instances, and is in no plan until then. */
    public boolean gated() {
        return !waitsFor.isEmpty();
    }

    /**
     * Wants a home and could be given none when it was planned last. Whoever tried as many homes in vain as it may lacks
     * something else: it is left to the human who was called, until it is tried again from the beginning.
     */
    boolean lacksRoom() {
        return state instanceof MoveState.NeedsOperator called
                ? called.was() instanceof MoveState.Waiting waiting && MoveMachine.foundNoHost(waiting) && !gated()
                : toBePlanned();
    }

    /** Whether it is part of the next plan, as soon as that is made. */
    boolean toBePlanned() {
        return state instanceof MoveState.Waiting && !gated();
    }

    /** A claim from the failed host may be granted at any moment. */
    boolean claimUnderWay() {
        return !withdrawn && promised() != null;
    }

    /** The host on which a claim may be granted at any moment, or null. */
    @Nullable
    HostId promised() {
        MoveState at = state instanceof MoveState.NeedsOperator n ? n.was() : state;
        return at instanceof MoveState.Placed placed ? placed.to() : null;
    }

    /** Somebody asked for it: by its policy alone it would not be moved. */
    public boolean asked() {
        return policy != RecoveryPolicy.AUTOMATIC;
    }

    /** The one host that was asked for, unless it is the one that has just failed. */
    public @Nullable HostId onlyIfNot(HostId failed) {
        return failed.equals(only) ? null : only;
    }

    /** It has a new home that should have said by now that it runs there. */
    public boolean overdue() {
        MoveState at = state instanceof MoveState.NeedsOperator n ? n.was() : state;
        return at instanceof MoveState.Silent
                || (state instanceof MoveState.NeedsOperator && at.destination() != null && !claimUnderWay());
    }

    Move in(MoveState next) {
        return copy(generation, withdrawn, next, attempts, excluded, only, escalateAt, told, terms, waitsFor, restarts);
    }

    Move at(Generation newer, boolean nowWithdrawn) {
        return copy(newer, nowWithdrawn, state, attempts, excluded, only, escalateAt, told, terms, waitsFor, restarts);
    }

    Move attempt(int number) {
        return copy(generation, withdrawn, state, number, excluded, only, escalateAt, told, terms, waitsFor, restarts);
    }

    Move excluding(HostId host, String reason) {
        List<Exclusion> more = new ArrayList<>(excluded);
        more.removeIf(exclusion -> exclusion.host().equals(host));
        more.add(new Exclusion(host, reason));
        return copy(generation, withdrawn, state, attempts, more, only, escalateAt, told, terms, waitsFor, restarts);
    }

    /** As at the beginning: all hosts may be tried again. */
    Move afresh(Instant escalate, boolean alreadyTold) {
        return copy(generation, withdrawn, state, 0, List.of(), only, escalate, alreadyTold, terms, waitsFor, 0);
    }

    /** Only its home shall move. */
    Move leftStopped() {
        return with(terms.stopped());
    }

    Move only(@Nullable HostId host) {
        return copy(
                generation, withdrawn, state, attempts, excluded, host, escalateAt, told, terms, waitsFor, restarts);
    }

    Move with(Terms other) {
        return copy(
                generation, withdrawn, state, attempts, excluded, only, escalateAt, told, other, waitsFor, restarts);
    }

    Move asking(@Nullable Say other) {
        return new Move(
                id,
                name,
                project,
                policy,
                policySource,
                wants,
                zone,
                generation,
                withdrawn,
                state,
                attempts,
                excluded,
                only,
                escalateAt,
                told,
                terms,
                waitsFor,
                restarts,
                other);
    }

    Move restarted(int times) {
        return copy(generation, withdrawn, state, attempts, excluded, only, escalateAt, told, terms, waitsFor, times);
    }

    Move waitingFor(List<Dependency> others) {
        return copy(generation, withdrawn, state, attempts, excluded, only, escalateAt, told, terms, others, restarts);
    }

    Move notWaitingFor(InstanceId other) {
        return waitingFor(waitsFor.stream()
                .filter(dependency -> !dependency.id().equals(other))
                .toList());
    }

    private Move copy(
            Generation newGeneration,
            boolean nowWithdrawn,
            MoveState newState,
            int newAttempts,
            List<Exclusion> newExcluded,
            @Nullable HostId newOnly,
            Instant newEscalateAt,
            boolean newTold,
            Terms newTerms,
            List<Dependency> newWaitsFor,
            int newRestarts) {
        return new Move(
                id,
                name,
                project,
                policy,
                policySource,
                wants,
                zone,
                newGeneration,
                nowWithdrawn,
                newState,
                newAttempts,
                newExcluded,
                newOnly,
                newEscalateAt,
                newTold,
                newTerms,
                newWaitsFor,
                newRestarts,
                say);
    }
}
