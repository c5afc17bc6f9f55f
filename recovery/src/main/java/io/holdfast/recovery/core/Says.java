package io.holdfast.recovery.core;

import io.holdfast.compute.Instance;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseState.Request;
import io.holdfast.recovery.core.MoveState.AwaitingSay;
import io.holdfast.recovery.core.MoveState.Left;
import io.holdfast.recovery.core.MoveState.Waiting;
import io.holdfast.recovery.core.Say.Answered;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Instances whose consumers are asked before anything is done about them.
 *
 * <p><b>Intuition.</b> Who runs an active and a standby instance switches over by itself, faster than any case. A second
 * active one in the middle of that does harm; redundancy can be restored a moment later. So the consumer is asked, and may
 * say what becomes of the instance. It is no reason to wait for ever: there is a deadline, and what is done then was said
 * in advance.
 *
 * <p><b>Model.</b> An instance that asks begins in AWAITING_SAY instead of WAITING, when its case took it up: after the proof,
 * never before. The first answer counts and is acted on at once; the same answer again changes nothing, another one is
 * refused ({@link #whyNot}). One that comes before the proof is kept with the case, the newest of them, and taken when the
 * instance is. Whoever named a host that cannot have the instance is asked again, until the same deadline. An operator's
 * order to move or retry it is an answer too.
 *
 * <p><b>Invariants.</b> Nothing but AWAITING_SAY waits for an answer, no plan knows an instance in it (S12), and its deadline is
 * never moved. It ends at the deadline whatever happens (L4). No other instance waits for it, but for those that depend on it.
 * An answer only chooses among what the case might do by itself after the proof, so nothing here can hurt S1 or S2.
 *
 * Beyond what {@link MoveMachine} has in its table (a list of the instances may find each move anew; WAITING comes back here, or ends in
 * LEFT, where the host that was named cannot have it):
 *
 * <pre>
 * listed         -> AWAITING_SAY   (InstancesListed)
 * ABANDONED      -> AWAITING_SAY   InstancesListed
 * ABANDONED      -> HOME_RETURNED  InstancesListed
 * AWAITING_SAY   -> ABANDONED      AbandonAsked, AbandonInstanceAsked
 * AWAITING_SAY   -> GONE           Seen
 * AWAITING_SAY   -> HOME_RETURNED  HostReturned, InstancesListed, Seen
 * AWAITING_SAY   -> LEFT           InstancesListed, SayGiven, Tick
 * AWAITING_SAY   -> LEFT_STOPPED   Seen
 * AWAITING_SAY   -> SUPERSEDED     AbandonAsked, FailedAgain, StorePardoned, StoreRefused
 * AWAITING_SAY   -> WAITING        EvacuationAsked, InstancesListed, RetryInstanceAsked, SayGiven, Tick
 * GONE           -> AWAITING_SAY   InstancesListed
 * LEFT           -> AWAITING_SAY   InstancesListed
 * LEFT_STOPPED   -> AWAITING_SAY   InstancesListed
 * LEFT_STOPPED   -> LEFT           InstancesListed
 * NEEDS_OPERATOR -> AWAITING_SAY   InstancesListed
 * NEEDS_OPERATOR -> WAITING        InstancesListed
 * RETRYING       -> AWAITING_SAY   InstancesListed
 * RETRYING       -> WAITING        InstancesListed
 * RUNNING        -> AWAITING_SAY   InstancesListed
 * RUNNING        -> HOME_RETURNED  InstancesListed
 * RUNNING        -> NOTIFIED       InstancesListed
 * SUPERSEDED     -> AWAITING_SAY   InstancesListed
 * SUPERSEDED     -> LEFT           InstancesListed
 * WAITING        -> AWAITING_SAY   InstancesListed, Planned
 * WAITING        -> LEFT           InstancesListed, Planned
 * </pre>
 *
 * <p><b>If we die here</b>: question, deadline and answer are part of the case's document.
 *
 * <p>Rejected: to ask before the host is fenced, so that the time is used twice. What a consumer is asked would often be about a
 * host that comes back; whoever is faster than the proof may answer before it, unasked.
 *
 * <p>A part of {@link CaseMachine}: pure, one call per step.
 */
final class Says {

    /** Below it each instance has its say; the deployment's address stands before it. */
    private static final String INSTANCES = "/ha/v1/instances/";

    private Says() {}

    /** An automatic instance is taken up: it is asked, or its kept answer is acted on, or nothing is asked of it at all. */
    static Move begin(Turn turn, Move move, Instance instance, @Nullable SayTerms group, @Nullable Request early) {
        SayTerms own = TermsRule.read(instance.metadata()).say();
        SayTerms terms = own == null ? group : own;
        if (terms == null || !terms.asks()) {
            return move;
        }
        Duration limit = turn.settings.instances().sayLimit();
        Instant until = turn.in(terms.within().compareTo(limit) > 0 ? limit : terms.within());
        Move asking = move.asking(new Say(until, terms.otherwise(), own == null ? "group" : "instance", null))
                .afresh(until.plus(turn.settings.instanceDeadline()), false);
        SayAnswer said = early == null ? null : early.say();
        return early == null || said == null
                ? ask(turn, asking, "")
                : decided(turn, asking, said, early.only(), early.by());
    }

    /** @param why it is asked (again), or an empty text */
    private static Move ask(Turn turn, Move move, String why) {
        Say say = say(move);
        String reason = (why.isEmpty() ? "" : why + "; ") + "its consumer is asked until " + say.until() + ", then: "
                + say.otherwise().word();
        Move asked = move.asking(say.with(null)).only(null).in(new AwaitingSay(reason, say.until()));
        turn.line(asked, "say-asked", reason);
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("deadline", say.until().toString());
        more.put("default", say.otherwise().word());
        more.put("answers", List.of(SayAnswer.RECOVER.word(), SayAnswer.LEAVE.word(), SayAnswer.STOPPED.word()));
        more.put("answerAt", INSTANCES + move.id() + "/say");
        turn.tellOf(asked, "instance.say-asked", reason, more);
        return asked;
    }

    /** Somebody answers. What cannot be taken changes nothing; the caller was told why before. */
    static void given(Turn turn, CaseEvent.SayGiven given) {
        CaseState state = turn.state();
        if (whyNot(state, given.instance(), given.answer(), given.only()) != null) {
            return;
        }
        if (takenUp(state)) {
            CaseMachine.moves(
                    turn,
                    move -> move.id().equals(given.instance()) && move.state() instanceof AwaitingSay
                            ? decided(
                                    turn,
                                    move,
                                    given.answer(),
                                    given.only(),
                                    given.by().toString())
                            : move);
            return;
        }
        Request kept = new Request(
                given.instance(),
                given.only(),
                given.answer() == SayAnswer.STOPPED,
                given.by().toString(),
                given.answer());
        List<Request> requests = new ArrayList<>(state.requests());
        boolean known = requests.contains(kept);
        requests.removeIf(request -> request.instance().equals(given.instance()));
        requests.add(kept);
        if (!known) {
            turn.become(state.withRequests(requests));
            turn.line(
                    turn.now,
                    "say-kept",
                    "instance/" + given.instance(),
                    given.answer().word() + (given.only() == null ? "" : " on " + given.only()) + ", by " + given.by()
                            + "; acted on as soon as its host is proven isolated");
        }
    }

    /** Why an answer cannot be taken, or null; an answer that was taken before can be given again. */
    static @Nullable String whyNot(CaseState state, InstanceId instance, SayAnswer answer, @Nullable HostId only) {
        if (!takenUp(state)) {
            if (state.closed()) {
                return "its case is " + state.phase().word();
            }
            return state.requests().stream()
                            .anyMatch(request -> request.instance().equals(instance) && request.say() == null)
                    ? "it was ordered to be moved already"
                    : null;
        }
        Move move = state.move(instance).orElse(null);
        if (move == null || move.say() == null) {
            return "nobody is asked about it";
        }
        Answered answered = move.say().answered();
        if (answered != null) {
            return answered.says(answer, only)
                    ? null
                    : "'" + answered.words() + "', by " + answered.by() + ", is acted on since " + answered.at();
        }
        return move.state() instanceof AwaitingSay
                ? null
                : "nobody is asked about it any more: it is " + move.state().word();
    }

    /** Before that, moves of a case are those that an earlier one left it. */
    private static boolean takenUp(CaseState state) {
        return state.phase() instanceof Phase.Evacuating || state.phase() instanceof Phase.Recovered;
    }

    /** Nobody has answered in time. */
    static Move overdue(Turn turn, Move move) {
        return decided(turn, move, say(move).otherwise(), null, "nobody (its deadline passed)");
    }

    /** The one host that was named cannot have it: who named it is asked again, as long as there is time. */
    static Move refusedThere(Turn turn, Move move, String reason) {
        Say say = say(move);
        String why = "host " + move.only() + " cannot have it: " + reason;
        turn.line(move, "say-refused", why);
        return turn.now.isBefore(say.until()) ? ask(turn, move, why) : overdue(turn, move.asking(say.with(null)));
    }

    /** Whether it is the business of whoever named that host if that cannot have it. Not once it was taken back from there: it has no home. */
    static boolean namedHost(Move move) {
        Say say = move.say();
        Answered answered = say == null ? null : say.answered();
        return answered != null && answered.only() != null && answered.only().equals(move.only()) && !move.withdrawn();
    }

    /** What was answered is acted on. */
    static Move decided(Turn turn, Move move, SayAnswer answer, @Nullable HostId only, String by) {
        Answered answered = new Answered(answer, only, by, turn.now);
        String reason = "its consumer's say: " + answered.words() + ", by " + by;
        Move told = move.asking(say(move).with(answered))
                .only(only)
                .afresh(turn.in(turn.settings.instanceDeadline()), move.told())
                .attempt(move.attempts());
        turn.line(told, "say-decided", answered.words() + ", by " + by);
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("answer", answer.word());
        more.put("answeredBy", by);
        if (only != null) {
            more.put("answeredHost", only.value());
        }
        turn.tellOf(told, "instance.say-decided", reason, more);
        return switch (answer) {
            case RECOVER -> told.in(new Waiting(reason, turn.now));
            case STOPPED -> told.leftStopped().in(new Waiting(reason, turn.now));
            case LEAVE -> {
                Move left = told.waitingFor(List.of()).in(new Left(reason + "; it stays down until it is recovered"));
                turn.line(left, "not-acted", reason);
                turn.tellOf(left, "instance.not-moved", reason);
                yield left;
            }
        };
    }

    private static Say say(Move move) {
        Say say = move.say();
        if (say == null) {
            throw new IllegalStateException("instance " + move.id() + " waits for an answer and asked nobody");
        }
        return say;
    }
}
