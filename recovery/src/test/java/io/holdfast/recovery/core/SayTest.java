package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.CaseEvent.Planned.PlanAnswer;
import io.holdfast.recovery.core.MoveState.AwaitingSay;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Instances whose consumers are asked before anything is done about them. */
public class SayTest {

    private static final RecoverySettings SETTINGS = RecoverySettings.defaults();
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final HostId H3 = HostId.of("h3");
    private static final Actor WHO = new Actor("nfv", "api");
    private static final Instance ASKS = instance(1, Map.of(TermsRule.SAY, "60:leave"));

    private Instant now = START;
    private CaseState state = condemned();

    @Test
    void whoAsksWaitsAndNobodyElseDoes() {
        Instance other = instance(2, Map.of());
        CaseStep step = taken(ASKS, other);

        assertThat(move().state())
                .isInstanceOfSatisfying(
                        AwaitingSay.class, s -> assertThat(s.deadline()).isEqualTo(START.plusSeconds(60)));
        assertThat(plan(step).requests()).extracting(r -> r.instance()).containsExactly(other.id());
        CaseStep.Notice notice = notice(step, "instance.say-asked");
        assertThat(notice.project()).isEqualTo(ASKS.project());
        assertThat(notice.data())
                .containsEntry("instanceId", ASKS.id().toString())
                .containsEntry("caseId", state.id().toString())
                .containsEntry("deadline", "2026-01-01T00:01:00Z")
                .containsEntry("default", "leave")
                .containsEntry("answers", List.of("recover", "leave", "stopped"))
                .containsEntry("answerAt", "/ha/v1/instances/" + ASKS.id() + "/say");
        assertThat(state.nextDeadline()).isNotNull();
    }

    @Test
    void nothingIsAskedBeforeTheProof() {
        step(new CaseEvent.StoreCondemned());
        assertThat(state.moves()).isEmpty();
        step(proven());
        assertThat(state.moves()).isEmpty();
    }

    @Test
    void recoverIsPlannedLikeAnyOther() {
        taken(ASKS);
        CaseStep step = say(SayAnswer.RECOVER, null);
        assertThat(plan(step).requests()).extracting(r -> r.instance()).containsExactly(ASKS.id());
        assertThat(notice(step, "instance.say-decided").data())
                .containsEntry("answer", "recover")
                .containsEntry("answeredBy", "nfv (api)");
        assertThat(move().escalateAt()).isEqualTo(START.plus(SETTINGS.instanceDeadline()));
    }

    @Test
    void leaveEndsTheCaseAndItsOwnerMayHaveItRecoveredLater() {
        taken(ASKS);
        CaseStep step = say(SayAnswer.LEAVE, null);
        assertThat(step.commands()).isEmpty();
        assertThat(move().state().word()).isEqualTo("LEFT");
        assertThat(step.notices()).extracting(CaseStep.Notice::type).contains("instance.not-moved");
        assertThat(state.closed()).isTrue();

        CaseStep later = step(new CaseEvent.EvacuationAsked(ASKS.id(), null, false, WHO));
        assertThat(plan(later).requests()).hasSize(1);
    }

    @Test
    void stoppedMovesOnlyItsHome() {
        taken(ASKS);
        say(SayAnswer.STOPPED, null);
        CaseStep step = answer(H2, "");
        assertThat(step.commands())
                .filteredOn(CaseCommand.Claim.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(
                        CaseCommand.Claim.class,
                        claim -> assertThat(claim.leaveStopped()).isTrue());
    }

    @Test
    void aNamedHostIsTheOnlyOneThatIsPlannedFor() {
        taken(ASKS);
        CaseStep step = say(SayAnswer.RECOVER, H3);
        assertThat(plan(step).requests()).extracting(r -> r.only()).containsExactly(H3);
    }

    @Test
    void whoNamedAHostWithoutRoomIsAskedAgainUntilTheSameDeadline() {
        taken(ASKS);
        now = now.plusSeconds(20);
        say(SayAnswer.RECOVER, H3);
        CaseStep refused = answer(null, "h3: needs 1 MiB");

        assertThat(move().state())
                .isInstanceOfSatisfying(
                        AwaitingSay.class, s -> assertThat(s.deadline()).isEqualTo(START.plusSeconds(60)));
        assertThat(String.valueOf(notice(refused, "instance.say-asked").data().get("reason")))
                .contains("host h3 cannot have it: h3: needs 1 MiB");
        assertThat(whyNot(SayAnswer.STOPPED, null)).isNull();
        assertThat(plan(say(SayAnswer.RECOVER, H2)).requests())
                .extracting(r -> r.only())
                .containsExactly(H2);
    }

    @Test
    void whoNamedAHostWithoutRoomUntilTheDeadlineGetsWhatWasSaidInAdvance() {
        taken(ASKS);
        say(SayAnswer.RECOVER, H3);
        now = START.plusSeconds(61);
        answer(null, "h3: needs 1 MiB");
        assertThat(move().state().word()).isEqualTo("LEFT");
    }

    @Test
    void aClaimThatTheNamedHostRefusesIsNoReasonToCallAHuman() {
        taken(instance(1, Map.of(TermsRule.SAY, "60:leave", TermsRule.RELOCATE_LIMIT, "1")));
        say(SayAnswer.RECOVER, H3);
        answer(H3, "");
        step(new CaseEvent.ClaimRefused(ASKS.id(), 1, H3, "full"));
        now = now.plusSeconds(10);
        step(new CaseEvent.Tick());
        answer(null, "h3: was tried in vain");
        assertThat(move().state()).isInstanceOf(AwaitingSay.class);
    }

    @ParameterizedTest
    @CsvSource({"60, WAITING", "60:recover, WAITING", "60:leave, LEFT", "60:stopped, WAITING"})
    void atTheDeadlineWhatWasSaidInAdvanceIsDone(String word, String becomes) {
        taken(instance(1, Map.of(TermsRule.SAY, word)));
        now = START.plusSeconds(60).minusMillis(1);
        step(new CaseEvent.Tick());
        assertThat(move().state()).isInstanceOf(AwaitingSay.class);

        now = START.plusSeconds(60);
        CaseStep step = step(new CaseEvent.Tick());
        assertThat(move().state().word()).isEqualTo(becomes);
        assertThat(move().terms().leaveStopped()).isEqualTo(word.endsWith("stopped"));
        assertThat(notice(step, "instance.say-decided").data())
                .containsEntry("answeredBy", "nobody (its deadline passed)");
    }

    @Test
    void aLeaderThatWasAwayForAnHourActsAtOnceAndCallsNobody() {
        taken(instance(1, Map.of(TermsRule.SAY, "60")));
        now = START.plusSeconds(3600);
        state = CaseMachine.takenOver(state);
        CaseStep step = step(new CaseEvent.Tick());
        assertThat(plan(step).requests()).hasSize(1);
        assertThat(step.notices()).extracting(CaseStep.Notice::type).doesNotContain("instance.needs-operator");
        assertThat(move().escalateAt()).isEqualTo(now.plus(SETTINGS.instanceDeadline()));
    }

    @Test
    void theSameAnswerAgainChangesNothingAndAnotherIsRefused() {
        taken(ASKS);
        say(SayAnswer.RECOVER, H2);
        CaseState before = state;
        assertThat(whyNot(SayAnswer.RECOVER, H2)).isNull();
        assertThat(say(SayAnswer.RECOVER, H2).next()).isEqualTo(before);
        assertThat(whyNot(SayAnswer.LEAVE, null))
                .isEqualTo("'recover on h2', by nfv (api), is acted on since " + START);
        assertThat(whyNot(SayAnswer.RECOVER, H3)).isNotNull();
        assertThat(say(SayAnswer.LEAVE, null).next()).isEqualTo(before);
    }

    @Test
    void anAnswerAfterTheDeadlineIsRefusedUnlessItIsTheOneThatWasSaidInAdvance() {
        taken(ASKS);
        now = START.plusSeconds(60);
        step(new CaseEvent.Tick());
        assertThat(whyNot(SayAnswer.RECOVER, null)).contains("'leave', by nobody (its deadline passed)");
        assertThat(whyNot(SayAnswer.LEAVE, null)).isNull();
    }

    @Test
    void whoIsFasterThanTheProofIsHeardWhenItComesAndMayChangeTheirMindUntilThen() {
        step(new CaseEvent.SayGiven(ASKS.id(), SayAnswer.LEAVE, null, WHO));
        CaseStep kept = step(new CaseEvent.SayGiven(ASKS.id(), SayAnswer.RECOVER, H2, WHO));
        assertThat(kept.commands()).isEmpty();
        assertThat(kept.lines()).extracting(CaseStep.Line::kind).containsExactly("say-kept");
        assertThat(step(new CaseEvent.SayGiven(ASKS.id(), SayAnswer.RECOVER, H2, WHO))
                        .lines())
                .isEmpty();

        CaseStep step = taken(ASKS);
        assertThat(step.notices()).extracting(CaseStep.Notice::type).doesNotContain("instance.say-asked");
        assertThat(plan(step).requests()).extracting(r -> r.only()).containsExactly(H2);
    }

    @Test
    void anAnswerForWhomNobodyIsAskedAboutMovesNothing() {
        Instance notified = instance(1, Map.of(TermsRule.SAY, "60"), RecoveryPolicy.NOTIFY);
        step(new CaseEvent.SayGiven(notified.id(), SayAnswer.RECOVER, null, WHO));
        taken(notified);
        assertThat(move().state().word()).isEqualTo("NOTIFIED");
        assertThat(whyNot(SayAnswer.RECOVER, null)).isEqualTo("nobody is asked about it");
    }

    @Test
    void anOrderBeforeTheProofOutweighsAnAnswer() {
        step(new CaseEvent.SayGiven(ASKS.id(), SayAnswer.LEAVE, null, WHO));
        step(new CaseEvent.EvacuationAsked(ASKS.id(), H3, false, WHO));
        assertThat(whyNot(SayAnswer.LEAVE, null)).isEqualTo("it was ordered to be moved already");
        assertThat(plan(taken(ASKS)).requests()).extracting(r -> r.only()).containsExactly(H3);
    }

    @Test
    void anOrderWhileItIsAskedIsAnAnswer() {
        taken(ASKS);
        CaseStep step = step(new CaseEvent.EvacuationAsked(ASKS.id(), H3, true, WHO));
        assertThat(plan(step).requests()).extracting(r -> r.only()).containsExactly(H3);
        assertThat(move().terms().leaveStopped()).isTrue();
        assertThat(whyNot(SayAnswer.LEAVE, null)).isNotNull();
    }

    @Test
    void anotherTryWhileItIsAskedIsAnAnswer() {
        taken(ASKS);
        assertThat(plan(step(new CaseEvent.RetryInstanceAsked(ASKS.id(), WHO))).requests())
                .hasSize(1);
    }

    @Test
    void whoIsGivenUpIsAskedNoMore() {
        taken(ASKS);
        CaseState before = state;
        for (CaseEvent event : List.of(
                new CaseEvent.AbandonInstanceAsked(ASKS.id(), WHO, "not needed"),
                new CaseEvent.AbandonAsked(WHO, "not needed"))) {
            state = before;
            step(event);
            assertThat(move().state().word()).isEqualTo("ABANDONED");
            assertThat(whyNot(SayAnswer.RECOVER, null)).isEqualTo("nobody is asked about it any more: it is ABANDONED");
        }
        state = before;
        step(new CaseEvent.FailedAgain(CaseId.of(new UUID(8, 8))));
        assertThat(move().state().word()).isEqualTo("SUPERSEDED");
    }

    @Test
    void itsOwnersDeletionEndsTheQuestion() {
        taken(ASKS);
        step(CaseEvent.Seen.gone(ASKS.id(), Generation.of(1)));
        assertThat(move().state().word()).isEqualTo("GONE");
        assertThat(state.closed()).isTrue();
    }

    @Test
    void itGoesOnAtHomeWhenThatReturns() {
        taken(ASKS);
        step(new CaseEvent.HostReturned("lease"));
        assertThat(move().state().word()).isEqualTo("HOME_RETURNED");
        assertThat(whyNot(SayAnswer.RECOVER, null)).isEqualTo("nobody is asked about it any more: it is HOME_RETURNED");
    }

    @Test
    void whoseStrictGroupLivesElsewhereFollowsItWhenTheHomeReturns() {
        Instance other = instance(2, Map.of());
        step(new CaseEvent.StoreCondemned());
        step(proven());
        step(new CaseEvent.InstancesListed(List.of(ASKS, other), List.of(), Map.of(ASKS.id(), "g", other.id(), "g")));
        step(new CaseEvent.Planned(state.plans(), List.of(new PlanAnswer(other.id(), H2, ""))));
        step(new CaseEvent.ClaimGranted(other.id(), 1, H2, Generation.of(2)));
        step(new CaseEvent.HostReturned("lease"));
        assertThat(move().state()).isInstanceOf(AwaitingSay.class);

        step(new CaseEvent.Seen(
                ASKS.id(), InstanceGoal.RUNNING, ActualState.STOPPED, false, null, Generation.of(2), ""));
        assertThat(move().withdrawn()).isTrue();
        assertThat(move().state().word()).isEqualTo("WAITING");
    }

    @Test
    void aFurtherFailureAsksAnew() {
        taken(ASKS);
        CaseState first = state;
        now = now.plusSeconds(30);
        state = open(first.active().toList());
        taken(ASKS);
        assertThat(asked().until()).isEqualTo(START.plusSeconds(90));
    }

    @Test
    void theGroupsWordCountsForWhoSaysNothingAndTheDeploymentsLimitForAll() {
        SayTerms group = new SayTerms(Duration.ofSeconds(45), SayAnswer.STOPPED);
        Instance silent = instance(2, Map.of());
        Instance never = instance(3, Map.of(TermsRule.SAY, "never"));
        step(new CaseEvent.StoreCondemned());
        step(proven());
        CaseStep step = step(new CaseEvent.InstancesListed(
                List.of(ASKS, silent, never),
                List.of(),
                Map.of(),
                Map.of(ASKS.id(), group, silent.id(), group, never.id(), group)));
        assertThat(asked()).isEqualTo(new Say(START.plusSeconds(60), SayAnswer.LEAVE, "instance", null));
        assertThat(state.move(silent.id()).orElseThrow().say())
                .isEqualTo(new Say(START.plusSeconds(45), SayAnswer.STOPPED, "group", null));
        assertThat(plan(step).requests()).extracting(r -> r.instance()).containsExactly(never.id());
    }

    @Test
    void whoDependsOnOneThatIsAskedWaitsForItAndNoLongerThanItsLimit() {
        Instance web = instance(2, Map.of(TermsRule.DEPENDS_ON, "i1"));
        taken(ASKS, web);
        assertThat(state.move(web.id()).orElseThrow().gated()).isTrue();
        CaseStep step = say(SayAnswer.LEAVE, null);
        assertThat(plan(step).requests()).extracting(r -> r.instance()).containsExactly(web.id());
    }

    @Test
    void whoIsAskedStillWaitsForWhomItDependsOnAfterTheAnswer() {
        Instance db = instance(2, Map.of());
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2", TermsRule.SAY, "60"));
        taken(web, db);
        CaseStep step = say(SayAnswer.RECOVER, null);
        assertThat(step.commands())
                .filteredOn(CaseCommand.Plan.class::isInstance)
                .isEmpty();
        assertThat(move().gated()).isTrue();
    }

    @Test
    void aHostIsNamedForWhatIsRecoveredAlone() {
        assertThatThrownBy(() -> new CaseEvent.SayGiven(ASKS.id(), SayAnswer.LEAVE, H2, WHO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MoveState.NeedsOperator(new AwaitingSay("x", START), "x", START))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(SayAnswer.class)
    void everyAnswerHasAWord(SayAnswer answer) {
        assertThat(SayAnswer.parse(answer.word())).contains(answer);
    }

    /** Answers at any time, twice, or never: nothing is planned before one or the deadline, and something is decided then. */
    @Property(tries = 300)
    void itIsInNoPlanBeforeAnAnswerOrTheDeadlineAndDecidedThen(@ForAll long seed) {
        Random random = new Random(seed);
        now = START;
        state = condemned();
        int within = 1 + random.nextInt(60);
        SayAnswer otherwise = SayAnswer.values()[random.nextInt(3)];
        taken(instance(1, Map.of(TermsRule.SAY, within + ":" + otherwise.word())), instance(2, Map.of()));
        @Nullable SayAnswer first = null;
        for (int second = 0; second <= within; second++) {
            now = START.plusSeconds(second);
            CaseStep step = step(new CaseEvent.Tick());
            if (first == null && random.nextInt(60) == 0 && second < within) {
                first = SayAnswer.values()[random.nextInt(3)];
                step = say(first, null);
            } else if (first != null && random.nextBoolean()) {
                step = say(SayAnswer.values()[random.nextInt(3)], null);
            }
            boolean decided = first != null || second >= within;
            assertThat(move().state() instanceof AwaitingSay).isEqualTo(!decided);
            assertThat(step.commands().stream()
                            .filter(CaseCommand.Plan.class::isInstance)
                            .flatMap(plan -> ((CaseCommand.Plan) plan).requests().stream())
                            .filter(request -> request.instance().equals(ASKS.id())))
                    .as("S12")
                    .hasSizeLessThanOrEqualTo(decided ? 1 : 0);
        }
        assertThat(Objects.requireNonNull(asked().answered()).answer()).isEqualTo(first == null ? otherwise : first);
    }

    // ---- the case

    private CaseStep taken(Instance... instances) {
        step(new CaseEvent.StoreCondemned());
        step(proven());
        return step(new CaseEvent.InstancesListed(List.of(instances)));
    }

    private CaseStep say(SayAnswer answer, @Nullable HostId only) {
        return step(new CaseEvent.SayGiven(ASKS.id(), answer, only, WHO));
    }

    private CaseStep answer(@Nullable HostId to, String reason) {
        return step(new CaseEvent.Planned(state.plans(), List.of(new PlanAnswer(ASKS.id(), to, reason))));
    }

    private @Nullable String whyNot(SayAnswer answer, @Nullable HostId only) {
        return CaseMachine.whyNotSaid(state, ASKS.id(), answer, only);
    }

    private Say asked() {
        return Objects.requireNonNull(move().say());
    }

    private Move move() {
        return state.move(ASKS.id()).orElseThrow();
    }

    private static CaseCommand.Plan plan(CaseStep step) {
        return step.commands().stream()
                .filter(CaseCommand.Plan.class::isInstance)
                .map(CaseCommand.Plan.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private static CaseStep.Notice notice(CaseStep step, String type) {
        return step.notices().stream()
                .filter(notice -> notice.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private CaseStep step(CaseEvent event) {
        CaseStep step = CaseMachine.step(state, event, now, SETTINGS);
        state = step.next();
        return step;
    }

    private CaseEvent proven() {
        return new CaseEvent.FenceProven(1, new Phase.Proof("POWER_READ_OFF", "reads off", now), List.of());
    }

    private static CaseState condemned() {
        return opened(START, List.of());
    }

    private CaseState open(List<Move> carried) {
        return opened(now, carried);
    }

    private static CaseState opened(Instant at, List<Move> carried) {
        return CaseMachine.open(
                        new CaseMachine.Opening(
                                CaseId.of(new UUID(7, 7)),
                                SegmentId.of("s"),
                                H1,
                                HostEpoch.ZERO,
                                "signals agree",
                                List.of(),
                                null,
                                false,
                                null,
                                new CaseEvent.HoldReviewed(true, ""),
                                List.of(),
                                List.of(),
                                carried),
                        at,
                        SETTINGS)
                .next();
    }

    public static Instance instance(int n, Map<String, String> metadata) {
        return instance(n, metadata, RecoveryPolicy.AUTOMATIC);
    }

    private static Instance instance(int n, Map<String, String> metadata, RecoveryPolicy policy) {
        return new Instance(
                InstanceId.of(new UUID(1, n)),
                "i" + n,
                ProjectId.of("p"),
                "u",
                new FlavorId("f"),
                new Resources(1, 1, 1),
                new ImageId(new UUID(0, 1)),
                null,
                InstanceGoal.RUNNING,
                ActualState.STOPPED,
                false,
                null,
                null,
                H1,
                Generation.of(1),
                HostEpoch.ZERO,
                policy,
                "tag",
                List.of(),
                metadata,
                START,
                START,
                null);
    }
}
