package io.holdfast.fencing.ipmi.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.fencing.ipmi.core.SensorRecords;
import io.holdfast.fencing.ipmi.core.SensorSurvey;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.ipmi.sim.VirtualTalk.Result;
import io.holdfast.fencing.ipmi.sim.VirtualTalk.Wire;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.fencing.sim.SimulatedHardware.Component;
import io.holdfast.fencing.sim.SimulatedHardware.Kind;
import io.holdfast.fencing.sim.SimulatedHardware.State;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Surveys of a simulated BMC's sensors in virtual time. */
class SensorConversationTest {

    private static final long DEADLINE = 10_000;
    private static final Secret PASSWORD = Secret.ofPassword("f3nc3r");
    private static final Login LOGIN = new Login("fencer", PASSWORD, null, Suite.SUITE_17, Privilege.OPERATOR);
    private static final BmcIdentity IDENTITY =
            BmcIdentity.of(new BmcIdentity.User("fencer", PASSWORD, Privilege.OPERATOR));

    private final Chassis chassis = new Chassis();
    private final SimulatedHardware hardware = chassis.hardware();
    private BmcMind mind = new BmcMind(IDENTITY, chassis, new Random(1));

    private VirtualTalk talk() {
        return new VirtualTalk(mind, Wire.GOOD, 1);
    }

    private static Outcome.Hardware survey(VirtualTalk talk, @Nullable SensorRecords remembered) {
        Result result = talk.play(LOGIN, SensorSurvey.begin(remembered), DEADLINE);
        assertThat(result.answers()).hasSize(1);
        return (Outcome.Hardware) result.outcome();
    }

    private HardwareHealth health() {
        return survey(talk(), null).health();
    }

    private static Finding finding(HardwareHealth health, String component) {
        return health.findings().stream()
                .filter(each -> each.component().equals(component))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void readsEveryComponentOfAHealthyMachine() {
        HardwareHealth health = health();

        assertThat(health.grade()).isEqualTo(Grade.GOOD);
        assertThat(health.summary()).isEqualTo("9 components good");
        assertThat(finding(health, "Inlet Temp"))
                .satisfies(
                        inlet -> assertThat(inlet.value() + " " + inlet.unit()).isEqualTo("24 degrees C"))
                .satisfies(inlet -> assertThat(inlet.limits().lowerCritical()).isEqualTo("-10"))
                .satisfies(inlet -> assertThat(inlet.limits().upperFatal()).isEqualTo("52"))
                .satisfies(inlet -> assertThat(inlet.limits().lowerFatal()).isNull());
        assertThat(finding(health, "Fan 1").text()).isEqualTo("Fan 1 5400 RPM: ok");
        assertThat(finding(health, "12V").text()).isEqualTo("12V 12.1 V: ok");
        assertThat(finding(health, "PSU 2").text()).isEqualTo("PSU 2: present");
        assertThat(mind.openSessions(0)).as("the session is closed").isZero();
    }

    @Test
    void gradesWhatFails() {
        hardware.set("Fan 2", 0);
        hardware.set("Inlet Temp", 43);
        hardware.set("PSU 1", State.LOST);
        hardware.fault(SimulatedHardware.Fault.COOLING, true);

        HardwareHealth health = health();

        assertThat(health.grade()).isEqualTo(Grade.BAD);
        assertThat(health.summary())
                .isEqualTo("chassis: fault; Fan 2 0 RPM: below the critical limit; PSU 1: its input is lost;"
                        + " Inlet Temp 43 degrees C: above the warning limit");
    }

    @Test
    void whatCannotBeReadIsUnknownAndNotBad() {
        hardware.set("Fan 1", State.UNREADABLE);
        hardware.set("Fan 2", State.DISABLED);
        hardware.set("PSU 2", State.ABSENT);

        HardwareHealth health = health();

        assertThat(health.grade()).isEqualTo(Grade.GOOD);
        assertThat(finding(health, "Fan 1").what()).isEqualTo("no reading now");
        assertThat(finding(health, "Fan 2").what()).isEqualTo("not watched: scanning is disabled");
        assertThat(finding(health, "PSU 2").grade()).isEqualTo(Grade.UNKNOWN);
    }

    @Test
    void aMachineWithoutPowerHasStandingFansAndIsNotBad() {
        chassis.power(false);
        hardware.set("Fan 1", 0);

        assertThat(health().grade()).isEqualTo(Grade.GOOD);
        assertThat(finding(health(), "Fan 1").what()).isEqualTo("the host has no power");
    }

    @Test
    void tooLowAPrivilegeIsNamed() {
        mind = new BmcMind(IDENTITY.withSensorsFor(Privilege.ADMINISTRATOR), chassis, new Random(1));

        HardwareHealth health = health();

        assertThat(health.grade()).isEqualTo(Grade.UNKNOWN);
        assertThat(health.summary())
                .isEqualTo("refused: privilege: OPERATOR is not enough for to tell what sensors it has"
                        + " (completion code 0xd4)");
    }

    @Test
    void recordsThatChangeInTheMiddleAreReadFromTheBeginning() {
        VirtualTalk talk = talk().at(
                        25,
                        () -> hardware.add(new Component(
                                "Drive 2",
                                Kind.DRIVE,
                                0,
                                new SimulatedHardware.Bounds(0, 0, 0, 0, 0, 0),
                                State.FAILED)));

        Outcome.Hardware found = survey(talk, null);

        assertThat(found.health().summary()).isEqualTo("Drive 2: failed");
        assertThat(found.health().findings().stream().map(Finding::component)).doesNotHaveDuplicates();
        // What was added after the count was told is read, and the next survey, which hears the new mark, reads once
        // more.
        assertThat(found.records()).isNotNull();
        assertThat(survey(talk(), found.records()).health().summary()).isEqualTo("Drive 2: failed");
    }

    @Test
    void whatIsRememberedIsNotReadAgain() {
        Outcome.Hardware first = survey(talk(), null);
        hardware.set("Fan 2", 0);
        Result again = talk().play(LOGIN, SensorSurvey.begin(first.records()), DEADLINE);
        Result anew = talk().play(LOGIN, SensorSurvey.begin(null), DEADLINE);

        assertThat(((Outcome.Hardware) again.outcome()).health().grade()).isEqualTo(Grade.BAD);
        assertThat(again.sent()).isLessThan(anew.sent() / 2);
    }

    @Test
    void aBusyDeviceIsNamedAtTheDeadline() {
        Result result = talk().with(BmcFaults.NONE.withBusyness()).play(LOGIN, SensorSurvey.begin(null), 1000);

        assertThat(((Outcome.Failed) result.outcome()).text()).startsWith("busy: ");
    }

    /** The deadline in the middle of the readings: what was read counts, and the rest is not read. */
    @Test
    void whatWasReadBeforeTheDeadlineCounts() {
        hardware.fault(SimulatedHardware.Fault.POWER, true);
        VirtualTalk talk = new VirtualTalk(mind, new Wire(0, 0, 0, 40), 1);
        Result result = talk.play(LOGIN, SensorSurvey.begin(null), 600);

        HardwareHealth health = ((Outcome.Hardware) result.outcome()).health();
        assertThat(health.trouble()).startsWith("timed out: the device does not tell what sensor");
        assertThat(health.grade()).isEqualTo(Grade.BAD);
        assertThat(health.summary()).contains("fault in the main power");
        assertThat(((Outcome.Hardware) result.outcome()).records()).isNull();
    }

    @Property(tries = 60)
    void lossAndCopiesChangeNothingButTheTime(
            @ForAll @DoubleRange(max = 0.3) double loss,
            @ForAll @DoubleRange(max = 0.3) double twice,
            @ForAll long seed) {
        hardware.set("Fan 2", 0);
        VirtualTalk talk =
                new VirtualTalk(new BmcMind(IDENTITY, chassis, new Random(seed)), new Wire(loss, twice, 0, 20), seed);

        Result result = talk.play(LOGIN, SensorSurvey.begin(null), 300_000);

        assertThat(((Outcome.Hardware) result.outcome()).health().summary())
                .isEqualTo("Fan 2 0 RPM: below the critical limit");
        assertThat(((Outcome.Hardware) result.outcome()).health().findings()).hasSize(9);
    }

    @Property(tries = 60)
    void damageEndsInAnAnswer(@ForAll @DoubleRange(max = 0.3) double damage, @ForAll long seed) {
        VirtualTalk talk =
                new VirtualTalk(new BmcMind(IDENTITY, chassis, new Random(seed)), new Wire(0, 0, damage, 20), seed);

        assertThat(talk.play(LOGIN, SensorSurvey.begin(null), 5_000).answers()).hasSize(1);
    }
}
