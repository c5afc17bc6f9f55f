package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What consumers answer, and what they are asked.
 *
 * <p>Blocks on the caller's thread, any thread; an answer is decided on the owner thread of {@link RecoveryEngine}, and the call
 * returns when that is durable. What if we die before it returns: the caller answers again, which changes nothing.
 */
final class SayRequests {

    private static final int OPEN_CASES_MAX = 1000;

    private final RecoveryEngine engine;
    private final Instances instances;
    private final Claims claims;
    private final CaseJournal journal;

    SayRequests(RecoveryEngine engine, Instances instances, Claims claims, CaseJournal journal) {
        this.engine = engine;
        this.instances = instances;
        this.claims = claims;
        this.journal = journal;
    }

    /** See {@link Recovery#says}. */
    List<SayView> open() {
        return journal.list(null, true, OPEN_CASES_MAX).stream()
                .map(Stored::state)
                .filter(state -> state.phase() instanceof Phase.Evacuating)
                .flatMap(state -> state.active()
                        .filter(move -> move.state() instanceof MoveState.AwaitingSay)
                        .map(move -> CaseViews.say(state, move.id())))
                .sorted(Comparator.comparing(SayView::deadline, Comparator.nullsLast(Comparator.naturalOrder()))
                        .thenComparing(SayView::instance))
                .toList();
    }

    /** See {@link Recovery#say}. */
    SayView say(InstanceId id, SayAnswer answer, @Nullable HostId only, @Nullable CaseId of, Actor by) {
        if (only != null && answer != SayAnswer.RECOVER) {
            throw new ComputeException(
                    Kind.INVALID, "a host is named for 'recover' only, not for '" + answer.word() + "'");
        }
        Instance instance = instances
                .find(id)
                .filter(known -> known.goal() != InstanceGoal.DELETED)
                .orElseThrow(() -> new ComputeException(Kind.NOT_FOUND, "no instance " + id));
        HostId home = instance.home();
        Stored named = of == null ? null : journal.find(of).orElse(null);
        Stored newest = home == null ? null : journal.newest(home).orElse(null);
        String notAsked = whyNotAsked(instance);
        String notThere = only == null ? null : whyNotThere(only, home);
        Answer taken = engine.ask(() -> onOwner(id, home, of, named, newest, notAsked, notThere, answer, only, by));
        SayView view = taken.view();
        if (view == null) {
            throw new ComputeException(Kind.CONFLICT, "instance " + id + ": " + taken.refusal());
        }
        return view;
    }

    /** One of the two. */
    private record Answer(@Nullable SayView view, String refusal) {
        static Answer refused(String why) {
            return new Answer(null, why);
        }
    }

    private Answer onOwner(
            InstanceId id,
            @Nullable HostId home,
            @Nullable CaseId of,
            @Nullable Stored named,
            @Nullable Stored newest,
            @Nullable String notAsked,
            @Nullable String notThere,
            SayAnswer answer,
            @Nullable HostId only,
            Actor by) {
        Tracked tracked = asked(id, home);
        if (tracked != null && of != null && !tracked.state.id().equals(of)) {
            tracked = engine.tracked(of);
        }
        CaseState state = tracked != null ? tracked.state : closed(id, of, named, newest);
        if (state == null) {
            return Answer.refused("no case asks about it");
        }
        String why = CaseMachine.whyNotSaid(state, id, answer, only);
        boolean before = state.move(id)
                .filter(move -> move.say() != null && move.say().answered() != null)
                .isPresent();
        if (why == null && before) {
            return new Answer(CaseViews.say(state, id), "");
        }
        boolean early = state.proof() == null || state.phase() instanceof Phase.Fenced;
        if (why == null && early) {
            why = notAsked;
        }
        if (why == null) {
            why = notThere;
        }
        if (why != null || tracked == null) {
            return Answer.refused(why == null ? "its case is closed" : why);
        }
        engine.step(tracked, new CaseEvent.SayGiven(id, answer, only, by));
        return new Answer(CaseViews.say(tracked.state, id), "");
    }

    /** The case that asks, or has asked, about it, as far as it is in memory; else the one that its host's failure opened. */
    private @Nullable Tracked asked(InstanceId id, @Nullable HostId home) {
        Tracked last = null;
        for (Tracked tracked : engine.cases().values()) {
            boolean asks = tracked.state
                    .move(id)
                    .filter(move -> move.say() != null && !(move.state() instanceof MoveState.Superseded))
                    .isPresent();
            if (asks && (last == null || tracked.state.openedAt().isAfter(last.state.openedAt()))) {
                last = tracked;
            }
        }
        Tracked open = home == null ? null : engine.openCase(home);
        return open == null || (last != null && !last.state.closed()) ? last : open;
    }

    /** A case that is over and not in memory any more: an answer that it took can be given again. */
    private static @Nullable CaseState closed(
            InstanceId id, @Nullable CaseId of, @Nullable Stored named, @Nullable Stored newest) {
        Stored stored = of == null ? newest : named;
        return stored == null || stored.state().move(id).isEmpty() ? null : stored.state();
    }

    private @Nullable String whyNotAsked(Instance instance) {
        if (instance.policy() != RecoveryPolicy.AUTOMATIC) {
            return "nobody is asked about it: it is not recovered by itself";
        }
        if (instance.goal() != InstanceGoal.RUNNING) {
            return "nobody is asked about it: it is " + instance.goal().word();
        }
        SayTerms own = TermsRule.read(instance.metadata()).say();
        SayTerms terms = own == null ? ofGroup(instance.id()) : own;
        return terms != null && terms.asks()
                ? null
                : "nobody is asked about it: neither it nor its server group says so";
    }

    private @Nullable SayTerms ofGroup(InstanceId id) {
        return claims.groups().stream()
                .filter(group -> group.members().contains(id))
                .map(ServerGroup::say)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private @Nullable String whyNotThere(HostId only, @Nullable HostId home) {
        ComputeHost host = engine.known(only);
        if (only.equals(home)) {
            return "host " + only + " is the one that failed";
        }
        Optional<String> why = !host.takesClaims()
                ? Optional.of("takes no instances now")
                : engine.avoids(only) ? Optional.of("is not heard well now") : Optional.empty();
        return why.map(reason -> "host " + only + " " + reason + "; name another, or none")
                .orElse(null);
    }
}
