package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FencingSettings.Login;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a Redfish service says of rights and clock when it is asked without harm, for each way in which it can be wrong. */
@Timeout(120)
final class RedfishRehearsalTest {

    private static final Duration CALL = Duration.ofSeconds(10);

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void everyVendorTellsOrDoesNotTellAndNothingIsOrdered(Vendor vendor) throws IOException {
        try (Bench bench = Bench.of(vendor, "1")) {
            List<DeviceFact> facts = bench.device().facts(CALL);

            DeviceFact.Rights rights = rights(facts);
            DeviceFact.Clock clock = clock(facts);
            if (vendor == Vendor.TERSE) {
                assertThat(rights.answer()).isEqualTo(DeviceFact.Rights.Answer.UNTOLD);
                assertThat(clock.time()).isNull();
            } else {
                assertThat(rights.answer()).as(rights.detail()).isEqualTo(DeviceFact.Rights.Answer.GRANTED);
                assertThat(Duration.between(clock.time(), Instant.now()).abs()).isLessThan(Duration.ofMinutes(1));
            }
            assertThat(bench.front().requests()).noneMatch(each -> each.contains("ComputerSystem.Reset"));
            assertThat(bench.machine().hasPower()).isTrue();
        }
    }

    @Test
    void anAccountThatMayOnlyReadIsFoundOutAndTheDeviceWouldRefuseIndeed() throws IOException {
        try (Bench bench = Bench.of(Vendor.PLAIN, "1")) {
            bench.front().privileges(List.of("Login", "ConfigureSelf"), List.of());

            DeviceFact.Rights rights = rights(bench.device().facts(CALL));

            assertThat(rights.answer()).isEqualTo(DeviceFact.Rights.Answer.DENIED);
            assertThat(rights.detail()).contains("ConfigureComponents").contains("Login, ConfigureSelf");
            assertThat(bench.device().powerOff(CALL).detail()).startsWith("forbidden");
        }
    }

    @Test
    void privilegesOfTheMakersOwnLeaveItInDoubt() throws IOException {
        try (Bench bench = Bench.of(Vendor.PLAIN, "1")) {
            bench.front().privileges(List.of("Login"), List.of("VirtualPowerAndResetPriv"));

            assertThat(rights(bench.device().facts(CALL)).answer()).isEqualTo(DeviceFact.Rights.Answer.DOUBTFUL);
        }
    }

    @Test
    void aClockThatIsOffIsTold() throws IOException {
        try (Bench bench = Bench.of(Vendor.PLAIN, "1")) {
            Instant wrong = Instant.parse("2026-01-01T00:00:00Z");
            bench.front().clock(() -> wrong);

            assertThat(clock(bench.device().facts(CALL)).time()).isEqualTo(wrong);
        }
    }

    @Test
    void aWrongPasswordSilenceAndGarbageAreSilence() throws IOException {
        try (Bench bench = Bench.of(Vendor.PLAIN, "1")) {
            assertThat(bench.device(Bench.USER, "wrong", null, Login.SESSION, Bench.pinned())
                            .facts(CALL))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            DeviceFact.Silence.class,
                            silence -> assertThat(silence.detail()).startsWith("refused login"));
            bench.front().fault(new FrontFault.Garbled("<html>"));
            assertThat(bench.device().facts(CALL)).singleElement().isInstanceOf(DeviceFact.Silence.class);
            bench.front().fault(new FrontFault.Silent());
            assertThat(bench.device().facts(Duration.ofMillis(300)))
                    .singleElement()
                    .isInstanceOf(DeviceFact.Silence.class);
        }
    }

    @Test
    void theReadingOfThePowerIsAsItAlwaysWas() throws IOException {
        try (Bench bench = Bench.of(Vendor.PLAIN, "1")) {
            assertThat(bench.device().readPower(CALL).state()).isEqualTo(PowerState.ON);
            assertThat(bench.front().requests()).noneMatch(each -> each.contains("AccountService"));
        }
    }

    private static DeviceFact.Rights rights(List<DeviceFact> facts) {
        return (DeviceFact.Rights) facts.getFirst();
    }

    private static DeviceFact.Clock clock(List<DeviceFact> facts) {
        return (DeviceFact.Clock) facts.getLast();
    }
}
