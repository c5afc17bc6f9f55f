package io.holdfast.recovery.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.RecoveryTerms;
import io.holdfast.compute.core.DependencyRule;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.MoveState.NeedsOperator;
import io.holdfast.recovery.core.MoveState.Waiting;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Instances that wait for others.
 *
 * <p><b>Intuition.</b> An owner knows that the web server is of no use before its database. That is worth waiting for, and
 * it is not worth never starting for: so each wait has a limit, and what cannot end is not begun.
 *
 * <p><b>Model.</b> A WAITING move has a list of {@link Dependency dependencies}; while there is one it is in no plan. A
 * dependency goes when its instance is ready (seen running for as long as its owner says, or until its guest has said that it
 * is healthy), when it will not come (deleted, stopped, left where it is), at the limit, or when somebody says so. One that is waited for is at least as important as
 * whoever waits for it: otherwise the important one would stand behind all the unimportant ones before the other.
 *
 * <p><b>Invariants.</b> Nobody waits in a circle: circles are broken before the first wait, always in the same place. Nobody
 * waits longer than {@code dependency-limit} after its case took it up. Readiness only delays a start and never permits
 * one, so nothing here can hurt S1 or S2.
 *
 * <p><b>If we die here</b>: the list is part of the case's document. What an instance outside the case did meanwhile is
 * learnt by looking at it again, with each scan.
 */
final class Dependencies {

    private Dependencies() {}

    /** Gives those that wait for a home what they depend on; {@code others} are instances that names may mean. */
    static List<Move> begin(Turn turn, Collection<Move> moves, Collection<Instance> listed, List<Instance> others) {
        Map<InstanceId, Instance> known = new LinkedHashMap<>();
        others.forEach(instance -> known.put(instance.id(), instance));
        listed.forEach(instance -> known.put(instance.id(), instance));
        Map<InstanceId, Move> byId = new LinkedHashMap<>();
        moves.forEach(move -> byId.put(move.id(), move));
        for (Instance instance : listed) {
            Move move = byId.get(instance.id());
            if (move != null && wants(move)) {
                byId.put(move.id(), move.waitingFor(dependencies(turn, move, instance, known)));
            }
        }
        breakCircles(turn, byId);
        inherit(byId);
        // The most important first: their claims leave first, and people read them first.
        List<Move> inOrder = new ArrayList<>(byId.values());
        inOrder.sort(
                Comparator.comparingInt((Move move) -> move.terms().priority()).reversed());
        return inOrder;
    }

    /** Only who is to be started by itself waits; who was asked for is wanted now. */
    private static boolean wants(Move move) {
        boolean wanted = move.state() instanceof Waiting || move.state() instanceof MoveState.AwaitingSay;
        return wanted && !move.asked() && !move.terms().leaveStopped();
    }

    private static List<Dependency> dependencies(
            Turn turn, Move move, Instance instance, Map<InstanceId, Instance> known) {
        List<String> words = TermsRule.read(instance.metadata()).dependsOn();
        if (words.isEmpty()) {
            return List.of();
        }
        List<DependencyRule.Known> project = known.values().stream()
                .filter(one -> one.project().equals(instance.project()))
                .map(one -> new DependencyRule.Known(one.id(), one.name(), List.of()))
                .toList();
        words.stream()
                .filter(word -> DependencyRule.meant(List.of(word), project).isEmpty())
                .forEach(word -> turn.line(move, "went-on-without", "there is no instance '" + word + "' to wait for"));
        Instant limit = turn.in(turn.settings.instances().dependencyLimit());
        List<Dependency> dependencies = new ArrayList<>();
        for (DependencyRule.Known meant : DependencyRule.meant(words, project)) {
            Instance other = the(known, meant.id());
            RecoveryTerms.Readiness readiness = TermsRule.read(other.metadata()).readiness();
            boolean here = turn.state().host().equals(other.home());
            boolean readyElsewhere = !here
                    && other.goal() == InstanceGoal.RUNNING
                    && other.actual() == ActualState.RUNNING
                    && (other.cameUp() || !readiness.needsHeartbeat());
            if (!other.id().equals(move.id()) && !readyElsewhere) {
                dependencies.add(new Dependency(
                        other.id(), other.name(), readiness.settle(), readiness.needsHeartbeat(), limit, null));
            }
        }
        return dependencies;
    }

    /**
     * Takes away whoever waits for nobody, again and again; what is left runs into a circle. From the first that is left
     * we go on to whom it waits for until we come back to where we were: that is a circle, and the most important one in
     * it (among equals the first id) stops waiting for the next one in it.
     */
    private static void breakCircles(Turn turn, Map<InstanceId, Move> moves) {
        Map<InstanceId, Set<InstanceId>> waits = new LinkedHashMap<>();
        moves.values().stream().sorted(Comparator.comparing(Move::id)).forEach(move -> {
            Set<InstanceId> inCase = new LinkedHashSet<>();
            move.waitsFor().forEach(dependency -> {
                Move other = moves.get(dependency.id());
                if (other != null && other.gated()) {
                    inCase.add(dependency.id());
                }
            });
            if (!inCase.isEmpty()) {
                waits.put(move.id(), inCase);
            }
        });
        dropFree(waits);
        while (!waits.isEmpty()) {
            List<InstanceId> circle = circle(waits);
            InstanceId first = circle.stream()
                    .min(Comparator.comparingInt(
                                    (InstanceId id) -> the(moves, id).terms().priority())
                            .reversed()
                            .thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
            InstanceId next = circle.get((circle.indexOf(first) + 1) % circle.size());
            Move move = the(moves, first);
            turn.line(
                    move,
                    "dependency-circle",
                    circle.stream().map(id -> the(moves, id).name()).collect(Collectors.joining(" -> "))
                            + " wait for each other in a circle; "
                            + move.name() + " does not wait for "
                            + the(moves, next).name());
            moves.put(first, move.notWaitingFor(next));
            Set<InstanceId> rest = the(waits, first);
            rest.remove(next);
            if (rest.isEmpty()) {
                waits.remove(first);
            }
            dropFree(waits);
        }
    }

    private static void dropFree(Map<InstanceId, Set<InstanceId>> waits) {
        boolean changed = true;
        while (changed) {
            waits.values().forEach(on -> on.removeIf(id -> !waits.containsKey(id)));
            changed = waits.values().removeIf(Set::isEmpty);
        }
    }

    private static List<InstanceId> circle(Map<InstanceId, Set<InstanceId>> waits) {
        List<InstanceId> way = new ArrayList<>();
        InstanceId here = waits.keySet().iterator().next();
        while (!way.contains(here)) {
            way.add(here);
            here = the(waits, here).iterator().next();
        }
        return way.subList(way.indexOf(here), way.size());
    }

    private static <V> V the(Map<InstanceId, V> map, InstanceId id) {
        return Objects.requireNonNull(map.get(id), "all that are waited for here are in the case");
    }

    /** Whoever is waited for is at least as important as whoever waits, through any number of steps. */
    private static void inherit(Map<InstanceId, Move> moves) {
        Deque<InstanceId> toVisit = new ArrayDeque<>();
        moves.values().stream().filter(Move::gated).forEach(move -> toVisit.add(move.id()));
        while (!toVisit.isEmpty()) {
            Move move = the(moves, toVisit.removeFirst());
            for (Dependency dependency : move.waitsFor()) {
                Move other = moves.get(dependency.id());
                if (other != null && other.terms().priority() < move.terms().priority()) {
                    moves.put(
                            other.id(),
                            other.with(other.terms().atLeast(move.terms().priority())));
                    toVisit.addLast(other.id());
                }
            }
        }
    }

    /** An instance that somebody may wait for was looked at. */
    static void seen(Turn turn, CaseEvent.Seen seen) {
        List<Move> next = new ArrayList<>();
        boolean changed = false;
        for (Move move : turn.state().moves()) {
            boolean waits = move.waitsFor().stream()
                    .anyMatch(dependency -> dependency.id().equals(seen.instance()));
            next.add(waits ? told(turn, move, seen) : move);
            changed |= waits;
        }
        if (changed) {
            turn.become(turn.state().withMoves(next));
        }
    }

    private static Move told(Turn turn, Move move, CaseEvent.Seen seen) {
        if (seen.goal() != InstanceGoal.RUNNING || seen.actual() == ActualState.DELETED) {
            return over(
                    turn,
                    move,
                    seen.instance(),
                    "is " + (seen.actual() == ActualState.DELETED ? InstanceGoal.DELETED : seen.goal()).word());
        }
        Move own = turn.state().move(seen.instance()).orElse(null);
        boolean here = own == null
                ? !turn.state().host().equals(seen.home())
                : own.state() instanceof MoveState.Running && own.generation().equals(seen.generation());
        boolean runs = here && seen.actual() == ActualState.RUNNING;
        List<Dependency> next = new ArrayList<>();
        for (Dependency dependency : move.waitsFor()) {
            boolean ready = runs && (seen.cameUp() || !dependency.heartbeat());
            boolean isMeant = dependency.id().equals(seen.instance());
            Instant readyAt = dependency.readyAt() == null ? turn.in(dependency.settle()) : dependency.readyAt();
            next.add(isMeant ? dependency.readyAt(ready ? readyAt : null) : dependency);
        }
        return move.waitingFor(next);
    }

    private static Move over(Turn turn, Move move, InstanceId other, String why) {
        move.waitsFor().stream()
                .filter(dependency -> dependency.id().equals(other))
                .forEach(dependency ->
                        turn.line(move, "went-on-without", dependency.name() + " " + why + "; nobody waits for it"));
        return freed(turn, move.notWaitingFor(other));
    }

    /** Whoever waits for nobody any more is planned now; whoever is with a human goes on with the next tick. */
    private static Move freed(Turn turn, Move move) {
        if (move.gated()) {
            return move;
        }
        return switch (move.state()) {
            case Waiting s -> move.in(new Waiting("all that it waited for is ready or given up", turn.now));
            case NeedsOperator s -> move.in(new NeedsOperator(s.was(), s.reason(), turn.now));
            case MoveState.Active s -> move;
            case MoveState.Settled s -> move;
        };
    }

    /** Somebody says that it shall go on without those it waits for. */
    static Move waived(Turn turn, Move move, String by) {
        Move next = move;
        for (Dependency dependency : move.waitsFor()) {
            turn.line(move, "went-on-without", dependency.name() + ": asked for by " + by);
            next = next.notWaitingFor(dependency.id());
        }
        return next;
    }

    /** Ends the waits that are over now, and says of the others what they wait for and until when. */
    static void settle(Turn turn) {
        if (turn.state().moves().stream().noneMatch(Dependencies::waits)) {
            return;
        }
        Map<InstanceId, Move> byId = new HashMap<>();
        turn.state().moves().forEach(move -> byId.put(move.id(), move));
        List<Move> next = new ArrayList<>();
        for (Move move : turn.state().moves()) {
            next.add(waits(move) ? settled(turn, move, byId) : move);
        }
        if (!next.equals(turn.state().moves())) {
            turn.become(turn.state().withMoves(next));
        }
    }

    private static boolean waits(Move move) {
        return move.gated()
                && (move.state() instanceof Waiting
                        || (move.state() instanceof NeedsOperator called && called.was() instanceof Waiting));
    }

    private static Move settled(Turn turn, Move move, Map<InstanceId, Move> byId) {
        Move next = move;
        for (Dependency dependency : move.waitsFor()) {
            Move other = byId.get(dependency.id());
            String lost = other == null ? null : willNotCome(other);
            if (lost != null) {
                next = over(turn, next, dependency.id(), lost);
            } else if (dependency.readyAt() != null && !turn.now.isBefore(dependency.readyAt())) {
                turn.line(move, "dependency-ready", dependency.name() + " is ready");
                next = next.notWaitingFor(dependency.id());
            } else if (!turn.now.isBefore(dependency.limit())) {
                String text = dependency.awaited() + " was not ready within "
                        + turn.settings.instances().dependencyLimit().toSeconds() + " s; it is started without it";
                turn.line(move, "went-on-without", text);
                turn.tellOf(move, "instance.went-on-without", text);
                next = next.notWaitingFor(dependency.id());
            }
        }
        if (!next.gated()) {
            return freed(turn, next);
        }
        if (!(next.state() instanceof Waiting)) {
            return next;
        }
        String names = next.waitsFor().stream().map(Dependency::awaited).collect(Collectors.joining(", "));
        Instant look = next.waitsFor().stream()
                .map(Dependency::nextLook)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        Instant limit = next.waitsFor().getFirst().limit();
        return next.in(new Waiting("waits for " + names + " to be ready; it is started without at " + limit, look));
    }

    /** Why an instance of this case will not run by what this case does; null when it may still. */
    private static @Nullable String willNotCome(Move other) {
        return switch (other.state()) {
            case MoveState.LeftStopped s -> "is left stopped";
            case MoveState.Notified s -> "is not moved by itself";
            case MoveState.Left s -> "is left where it is";
            case MoveState.Abandoned s -> "was given up";
            case MoveState.Gone s -> "is deleted or stopped";
            case MoveState.Running s -> null;
            case MoveState.Superseded s -> null;
            case MoveState.HomeReturned s -> null;
            case MoveState.Active s -> null;
        };
    }
}
