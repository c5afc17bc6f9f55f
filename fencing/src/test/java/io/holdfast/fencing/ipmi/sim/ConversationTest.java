package io.holdfast.fencing.ipmi.sim;

import static io.holdfast.fencing.ipmi.sim.VirtualTalk.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.core.Event;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.fencing.ipmi.core.Trouble;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.ipmi.sim.VirtualTalk.Result;
import io.holdfast.fencing.ipmi.sim.VirtualTalk.Wire;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations with a simulated BMC in virtual time: the courses by name, and any course on any wire. */
class ConversationTest {

    private static final long DEADLINE = 3000;
    private static final Secret PASSWORD = Secret.ofPassword("f3nc3r");
    private static final BmcIdentity IDENTITY = BmcIdentity.of(
            new BmcIdentity.User("fencer", PASSWORD, Privilege.OPERATOR),
            new BmcIdentity.User("reader", PASSWORD, Privilege.USER));

    private final Chassis chassis = new Chassis();

    private static Login login(Suite suite) {
        return login("fencer", PASSWORD, null, suite, Privilege.OPERATOR);
    }

    private static Login login(
            String user, Secret password, @Nullable Secret bmcKey, Suite suite, Privilege privilege) {
        return new Login(user, password, bmcKey, suite, privilege);
    }

    private BmcMind mind(BmcIdentity identity) {
        return new BmcMind(identity, chassis, new Random(1));
    }

    private VirtualTalk talk(BmcIdentity identity) {
        return new VirtualTalk(mind(identity), Wire.GOOD, 1);
    }

    private static Trouble trouble(Result result) {
        assertThat(result.answers()).hasSize(1);
        return ((Outcome.Failed) result.outcome()).trouble();
    }

    private static String text(Result result) {
        return ((Outcome.Failed) result.outcome()).text();
    }

    // --- courses by name ---

    @ParameterizedTest
    @EnumSource(Suite.class)
    void readsThePowerAndGivesTheSessionBack(Suite suite) {
        BmcMind mind = mind(IDENTITY);

        Result result = new VirtualTalk(mind, Wire.GOOD, 1).play(login(suite), ChassisAct.STATUS, DEADLINE);

        assertThat(result.answers()).containsExactly(new Outcome.Power(true));
        assertThat(mind.openSessions(result.endedAt())).isZero();
        assertThat(result.sent()).as("nothing is sent twice on a good wire").isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4711, 0x20000000L, 1_800_000_000L, 0xffffffffL})
    void readsTheTimeWhateverItIsAndOrdersNothing(long seconds) {
        chassis.clock(() -> Instant.ofEpochSecond(seconds));

        Result result = talk(IDENTITY).play(login(Suite.SUITE_17), ChassisAct.CLOCK, DEADLINE);

        assertThat(result.answers()).containsExactly(new Outcome.Time(seconds));
        assertThat(new Outcome.Time(seconds).isSet()).isEqualTo(seconds >= 0x20000000L && seconds < 0xffffffffL);
        assertThat(chassis.orders()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = ChassisAct.class,
            names = {"STATUS", "CLOCK"},
            mode = EnumSource.Mode.EXCLUDE)
    void givesEveryOrder(ChassisAct act) {
        Result result = talk(IDENTITY).play(login(Suite.SUITE_17), act, DEADLINE);

        assertThat(result.answers()).containsExactly(new Outcome.Done());
        assertThat(chassis.orders()).containsExactly(act);
    }

    @ParameterizedTest
    @EnumSource(Suite.class)
    void logsInWithTwoKeys(Suite suite) {
        Secret key = Secret.ofPassword("K_g");
        Login login = login("fencer", PASSWORD, key, suite, Privilege.OPERATOR);

        Result result = talk(IDENTITY.withBmcKey(key)).play(login, ChassisAct.STATUS, DEADLINE);

        assertThat(result.answers()).containsExactly(new Outcome.Power(true));
    }

    @Test
    void aDeadDeviceFailsAtTheDeadlineAndNotBefore() {
        Result result =
                talk(IDENTITY).with(BmcFaults.NONE.withSilence()).play(login(Suite.SUITE_3), ChassisAct.OFF, DEADLINE);

        assertThat(text(result)).isEqualTo("timed out: the device does not answer");
        assertThat(result.answeredAt()).isEqualTo(DEADLINE * MILLI);
        // With growing pauses: some ten datagrams in three seconds, and no flood.
        assertThat(result.sent()).isBetween(5, 10);
    }

    @ParameterizedTest
    @EnumSource(Suite.class)
    void aWrongPasswordIsNamedAtOnceAndFreesTheDevice(Suite suite) {
        Login login = login("fencer", Secret.ofPassword("wrong"), null, suite, Privilege.OPERATOR);

        Result result = talk(IDENTITY).play(login, ChassisAct.OFF, DEADLINE);

        assertThat(text(result))
                .isEqualTo("refused login: wrong password: the device has another one for user 'fencer'");
        assertThat(result.answeredAt()).isLessThan(100 * MILLI);
        // Two RAKP 1, because one damaged answer must not name a wrong password; no proof of ours, so no failed login.
        assertThat(result.sent()).isEqualTo(4);
    }

    @Test
    void aWrongUserIsNamed() {
        Login login = login("nobody", PASSWORD, null, Suite.SUITE_3, Privilege.OPERATOR);

        assertThat(trouble(talk(IDENTITY).play(login, ChassisAct.STATUS, DEADLINE)))
                .isEqualTo(Trouble.WRONG_USER);
    }

    @Test
    void aSuiteThatTheDeviceLacksIsNamed() {
        Result result =
                talk(IDENTITY.withSuites(Suite.SUITE_3)).play(login(Suite.SUITE_17), ChassisAct.STATUS, DEADLINE);

        assertThat(text(result))
                .isEqualTo("refused login: wrong cipher suite: the device does not offer suite 17 (status 0x11)");
    }

    @Test
    void aWrongOrMissingBmcKeyIsNamed() {
        BmcIdentity twoKeys = IDENTITY.withBmcKey(Secret.ofPassword("K_g"));
        Login wrong = login("fencer", PASSWORD, Secret.ofPassword("other"), Suite.SUITE_3, Privilege.OPERATOR);

        assertThat(text(talk(twoKeys).play(wrong, ChassisAct.STATUS, DEADLINE)))
                .isEqualTo("refused login: wrong K_g: the password is right, the K_g is not the device's");
        assertThat(text(talk(twoKeys).play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE)))
                .contains("wrong K_g", "that we do not know");
    }

    @Test
    void aPrivilegeThatTheUserLacksIsNamed() {
        Login reader = login("reader", PASSWORD, null, Suite.SUITE_3, Privilege.OPERATOR);
        Login admin = login("fencer", PASSWORD, null, Suite.SUITE_3, Privilege.ADMINISTRATOR);
        Login tooLow = login("reader", PASSWORD, null, Suite.SUITE_3, Privilege.USER);

        assertThat(trouble(talk(IDENTITY).play(reader, ChassisAct.OFF, DEADLINE)))
                .isEqualTo(Trouble.PRIVILEGE);
        assertThat(trouble(talk(IDENTITY).play(admin, ChassisAct.OFF, DEADLINE)))
                .isEqualTo(Trouble.PRIVILEGE);
        assertThat(text(talk(IDENTITY).play(tooLow, ChassisAct.OFF, DEADLINE)))
                .isEqualTo("refused: privilege: USER is not enough for chassis control (completion code 0xd4)");
        assertThat(chassis.orders()).isEmpty();
    }

    @Test
    void aRefusedOrderIsNamed() {
        Result result =
                talk(IDENTITY).with(BmcFaults.NONE.withRefusals()).play(login(Suite.SUITE_3), ChassisAct.OFF, DEADLINE);

        assertThat(text(result)).isEqualTo("refused: chassis control (completion code 0xff)");
    }

    @Test
    void aBusyDeviceIsAskedAgainAndNamedAtTheDeadline() {
        Result result =
                talk(IDENTITY).with(BmcFaults.NONE.withBusyness()).play(login(Suite.SUITE_3), ChassisAct.OFF, DEADLINE);

        assertThat(trouble(result)).isEqualTo(Trouble.BUSY);
        assertThat(result.answeredAt()).isEqualTo(DEADLINE * MILLI);
    }

    @Test
    void aDeviceThatIsBusyForAWhileIsWaitedFor() {
        VirtualTalk talk = talk(IDENTITY).with(BmcFaults.NONE.withBusyness());
        talk.at(800, () -> talk.with(BmcFaults.NONE));

        Result result = talk.play(login(Suite.SUITE_3), ChassisAct.DIAGNOSTIC_INTERRUPT, DEADLINE);

        assertThat(result.answers()).containsExactly(new Outcome.Done());
        assertThat(chassis.orders()).containsExactly(ChassisAct.DIAGNOSTIC_INTERRUPT);
    }

    @Test
    void aDeviceWithoutRoomForASessionIsBusyUntilThereIsRoom() {
        BmcMind mind = mind(IDENTITY.withSessionsMax(1));
        // Somebody has the only session and dies with it.
        VirtualTalk other = new VirtualTalk(mind, Wire.GOOD, 1).with(BmcFaults.NONE.withBusyness());
        other.at(499, () -> other.with(BmcFaults.NONE.withSilence())).at(500, new Event.Abandoned());
        other.play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);

        Result early = new VirtualTalk(mind, Wire.GOOD, 2).play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);
        Result late = new VirtualTalk(mind, Wire.GOOD, 3).play(login(Suite.SUITE_3), ChassisAct.STATUS, 70_000);

        assertThat(text(early)).isEqualTo("busy: the device has no room for another session (status 0x01)");
        // A session that nobody uses ends after a minute.
        assertThat(late.answers()).containsExactly(new Outcome.Power(true));
        assertThat(late.answeredAt()).isBetween(60_000 * MILLI, 62_000 * MILLI);
    }

    @Test
    void answersToOtherQuestionsAreGarbled() {
        Result result = talk(IDENTITY)
                .with(BmcFaults.NONE.withWrongAnswers())
                .play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);

        assertThat(text(result)).isEqualTo("garbled: the answer is to another question");
    }

    /** Payload type 0x15, behind RMCP's header and the format. */
    private static boolean isRakp4(Bytes datagram) {
        return datagram.size() > 5 && datagram.at(5) == 0x15;
    }

    @Test
    void goesOnWithoutRakp4AndLeavesNoSessionBehind() {
        BmcMind mind = mind(IDENTITY.withSessionsMax(1));
        for (int i = 0; i < 10; i++) {
            Result result = new VirtualTalk(mind, Wire.GOOD, i)
                    .without(ConversationTest::isRakp4)
                    .play(login(Suite.SUITE_17), ChassisAct.STATUS, DEADLINE);

            assertThat(result.answers()).containsExactly(new Outcome.Power(true));
            assertThat(mind.openSessions(result.endedAt())).isZero();
        }
    }

    @Test
    void aConversationThatEndsBeforeItKnowsWhetherTheSessionIsOpenClosesIt() {
        BmcMind mind = mind(IDENTITY.withSessionsMax(1));
        VirtualTalk talk = new VirtualTalk(mind, Wire.GOOD, 1).without(ConversationTest::isRakp4);

        Result result = talk.at(12, new Event.Abandoned()).play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);

        assertThat(result.answers()).isEmpty();
        assertThat(mind.openSessions(result.endedAt())).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {60, 200, 400})
    void aDeviceThatIsSlowToComputeKeysIsNotConfusedByCopies(int millis) {
        VirtualTalk talk = talk(IDENTITY).slow(datagram -> datagram.size() > 5 && datagram.at(5) == 0x13, millis);

        Result result = talk.play(login(Suite.SUITE_17), ChassisAct.STATUS, DEADLINE);

        assertThat(result.answers()).containsExactly(new Outcome.Power(true));
        // Behind the headers of RMCP and session a tag, and then the status.
        assertThat(talk.heard().stream().filter(ConversationTest::isRakp4).map(datagram -> datagram.at(17)))
                .as("no proof of ours was refused")
                .containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 150, 300})
    void aDeviceThatIsSlowAllOverIsWaitedFor(int millis) {
        VirtualTalk talk = talk(IDENTITY).slow(_ -> true, millis);

        Result result = talk.play(login(Suite.SUITE_17), ChassisAct.STATUS, 10_000);

        assertThat(result.answers()).containsExactly(new Outcome.Power(true));
    }

    /** Virtual time begins anew with each conversation, so no session is old enough to be forgotten. */
    @Property(tries = 50)
    void livenessConversationsOnALossyWireDoNotUseUpTheSessions(@ForAll long seed) {
        BmcMind mind = new BmcMind(IDENTITY, chassis, new Random(seed));
        for (int i = 0; i < 20; i++) {
            Result result = new VirtualTalk(mind, wire(0.3, 0, 0, 10), seed + i)
                    .play(login(Suite.SUITE_17), ChassisAct.STATUS, DEADLINE);

            if (result.outcome() instanceof Outcome.Failed failed) {
                assertThat(failed.trouble()).isNotEqualTo(Trouble.BUSY);
            }
        }
    }

    @Test
    void nobodyThereIsBelievedTheThirdTime() {
        Event event = new Event.Unreachable("nobody listens on UDP port 623");
        VirtualTalk talk = talk(IDENTITY).with(BmcFaults.NONE.withSilence());
        talk.at(1, event).at(201, event).at(501, event);

        Result result = talk.play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);

        assertThat(text(result)).isEqualTo("unreachable: nobody listens on UDP port 623");
        assertThat(result.answeredAt()).isEqualTo(501 * MILLI);
    }

    @Test
    void aPortThatIsClosedForAMomentIsAskedAgain() {
        Event event = new Event.Unreachable("nobody listens on UDP port 623");
        VirtualTalk talk = talk(IDENTITY).with(BmcFaults.NONE.withSilence());
        talk.at(1, event).at(201, event).at(210, () -> talk.with(BmcFaults.NONE));

        Result result = talk.play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);

        assertThat(result.answers()).containsExactly(new Outcome.Power(true));
    }

    @Test
    void whoeverAnswersPingsAndOpensNoSessionIsToldApart() {
        VirtualTalk talk = talk(IDENTITY).with(BmcFaults.NONE.withSilence());
        talk.at(300, new Event.Heard(Bytes.ofHex("0600ff06000011be40010010000011be00000000810000000000000000")));

        Result result = talk.play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);

        assertThat(text(result)).isEqualTo("timed out: the device answers a presence ping, but not in the session");
    }

    @Test
    void anAbandonedConversationEndsAndGivesItsSessionBack() {
        BmcMind mind = mind(IDENTITY);
        VirtualTalk talk = new VirtualTalk(mind, new Wire(0, 0, 0, 40), 3).with(BmcFaults.NONE.withBusyness());
        talk.at(1500, new Event.Abandoned());

        Result result = talk.play(login(Suite.SUITE_3), ChassisAct.STATUS, DEADLINE);

        assertThat(result.answers()).isEmpty();
        assertThat(result.endedAt()).isLessThan(1700 * MILLI);
        assertThat(mind.openSessions(result.endedAt())).isZero();
    }

    // --- any course ---

    private static Wire wire(double loss, double twice, double damage, int delay) {
        return new Wire(loss, twice, damage, delay);
    }

    @Property(tries = 1500)
    void safetyOneAnswerInTimeAndATrueOneOnAnyWire(
            @ForAll long seed,
            @ForAll @DoubleRange(min = 0, max = 0.9) double loss,
            @ForAll @DoubleRange(min = 0, max = 0.5) double twice,
            @ForAll @DoubleRange(min = 0, max = 0.5) double damage,
            @ForAll @IntRange(min = 0, max = 400) int delay,
            @ForAll ChassisAct act,
            @ForAll Suite suite,
            @ForAll boolean on) {
        chassis.power(on);
        int before = chassis.orders().size();
        VirtualTalk talk = new VirtualTalk(
                new BmcMind(IDENTITY, chassis, new Random(seed)), wire(loss, twice, damage, delay), seed);

        Result result = talk.play(login(suite), act, DEADLINE);

        assertThat(result.answers()).hasSize(1);
        assertThat(result.answeredAt()).isLessThanOrEqualTo(DEADLINE * MILLI);
        assertThat(result.endedAt()).isLessThanOrEqualTo(result.answeredAt() + 1000 * MILLI);
        assertThat(result.sent()).isLessThan(120);
        List<ChassisAct> orders =
                chassis.orders().subList(before, chassis.orders().size());
        if (!act.repeatable()) {
            assertThat(orders).hasSizeLessThanOrEqualTo(1);
        }
        switch (result.outcome()) {
            case Outcome.Power power -> assertThat(power.on()).isEqualTo(on);
            case Outcome.Done _ -> assertThat(orders).contains(act);
            case Outcome.Time time -> assertThat(time.isSet()).isTrue();
            case Outcome.Hardware _ -> throw new AssertionError("nobody asked for that");
            case Outcome.Failed failed -> assertThat(failed.text()).isNotBlank();
        }
    }

    @Property(tries = 500)
    void livenessSucceedsInTimeOnAWireThatLosesATenth(@ForAll long seed, @ForAll Suite suite) {
        VirtualTalk talk =
                new VirtualTalk(new BmcMind(IDENTITY, chassis, new Random(seed)), wire(0.1, 0.1, 0, 10), seed);

        Result result = talk.play(login(suite), ChassisAct.OFF, 30_000);

        assertThat(result.answers()).containsExactly(new Outcome.Done());
    }

    @Property(tries = 500)
    void livenessSucceedsInTheEndOnAWireThatLosesHalf(@ForAll long seed, @ForAll Suite suite) {
        VirtualTalk talk = new VirtualTalk(new BmcMind(IDENTITY, chassis, new Random(seed)), wire(0.5, 0, 0, 10), seed);

        Result result = talk.play(login(suite), ChassisAct.OFF, 120_000);

        assertThat(result.answers()).containsExactly(new Outcome.Done());
    }

    @Property(tries = 300)
    void aWrongPasswordIsNeverCalledOtherwiseOnAWireThatOnlyLoses(@ForAll long seed, @ForAll Suite suite) {
        VirtualTalk talk =
                new VirtualTalk(new BmcMind(IDENTITY, chassis, new Random(seed)), wire(0.3, 0.2, 0, 100), seed);
        Login login = login("fencer", Secret.ofPassword("wrong"), null, suite, Privilege.OPERATOR);

        Result result = talk.play(login, ChassisAct.OFF, 60_000);

        assertThat(trouble(result)).isEqualTo(Trouble.WRONG_PASSWORD);
        assertThat(chassis.orders()).isEmpty();
    }

    @Property(tries = 300)
    void theRightPasswordIsNeverCalledWrongOnAWireThatOnlyLosesAndReorders(@ForAll long seed, @ForAll Suite suite) {
        VirtualTalk talk =
                new VirtualTalk(new BmcMind(IDENTITY, chassis, new Random(seed)), wire(0.3, 0.3, 0, 400), seed);

        Result result = talk.play(login(suite), ChassisAct.STATUS, 10_000);

        if (result.outcome() instanceof Outcome.Failed failed) {
            assertThat(failed.trouble().refusal()).as(failed.text()).isFalse();
        }
    }
}
