package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.fencing.FencingSettings.Login;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.fencing.sim.SimulatedHardware.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a Redfish service says of hardware, in the ways in which vendors say it. */
@Timeout(120)
class RedfishHardwareTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private static Finding finding(HardwareHealth health, String component) {
        return health.findings().stream()
                .filter(each -> each.component().equals(component))
                .findFirst()
                .orElseThrow(() -> new AssertionError(component + " in " + health));
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void readsWhatEachVendorHas(Vendor vendor) throws Exception {
        try (Bench bench = Bench.of(vendor, "1")) {
            SimulatedHardware hardware = new SimulatedHardware();
            bench.front().hardware(hardware);
            assertThat(bench.device().hardware(DEADLINE).grade()).isEqualTo(Grade.GOOD);

            hardware.set("Fan 2", 0);
            HardwareHealth bad = bench.device().hardware(DEADLINE);

            assertThat(bad.grade()).isEqualTo(Grade.BAD);
            assertThat(bad.trouble()).isEmpty();
            assertThat(finding(bad, "system").what()).isEqualTo("health is Critical by its parts");
            if (vendor != Vendor.TERSE) {
                assertThat(finding(bad, "Fan 2").text()).isEqualTo("Fan 2 0 RPM: health is Critical");
                assertThat(finding(bad, "Fan 1").grade()).isEqualTo(Grade.GOOD);
                assertThat(finding(bad, "PSU 1").grade()).isEqualTo(Grade.GOOD);
            }
            assertThat(bench.front().requests())
                    .as("no path but those that the service names")
                    .noneMatch(line ->
                            line.contains(vendor == Vendor.ACTION_INFO ? "/Chassis/1/Thermal " : "/ThermalSubsystem"));
        }
    }

    @Test
    void whatIsAbsentOrUnreadIsUnknownAndWarningsArePoor() throws Exception {
        try (Bench bench = Bench.of(Vendor.PLAIN, "1")) {
            SimulatedHardware hardware = new SimulatedHardware();
            bench.front().hardware(hardware);
            hardware.set("PSU 1", State.ABSENT);
            hardware.set("PSU 2", State.UNREADABLE);
            hardware.set("Inlet Temp", 43);

            HardwareHealth health = bench.device().hardware(DEADLINE);

            assertThat(health.grade()).isEqualTo(Grade.POOR);
            assertThat(finding(health, "PSU 1").what()).isEqualTo("is Absent");
            assertThat(finding(health, "PSU 2").what()).isEqualTo("its health is not told");
            assertThat(finding(health, "Inlet Temp").limits().upperCritical()).isEqualTo("47");
        }
    }

    @Test
    void namesWhyNothingIsKnown() throws Exception {
        try (Bench bench = Bench.of(Vendor.PLAIN, "1")) {
            assertThat(bench.device(Bench.USER, "wrong", null, Login.SESSION, Bench.pinned())
                            .hardware(DEADLINE)
                            .summary())
                    .startsWith("refused login");
            bench.front().fault(new FrontFault.Silent());
            HardwareHealth silent = bench.device().hardware(Duration.ofMillis(500));
            assertThat(silent.grade()).isEqualTo(Grade.UNKNOWN);
            assertThat(silent.summary()).startsWith("timed out");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'Status':{'Health':'OK'}}; GOOD; health is OK",
                "{'Status':{'Health':'OK','HealthRollup':'Warning'}}; POOR; health is Warning by its parts",
                "{'Status':{'Health':'Critical','HealthRollup':'OK'}}; BAD; health is Critical",
                "{'Status':{'Health':'critical'}}; UNKNOWN; health is critical",
                "{'Status':{'Health':7}}; UNKNOWN; its health is not told",
                "{'Status':[]}; UNKNOWN; its health is not told",
                "{}; UNKNOWN; its health is not told"
            })
    void onlyItsOwnWordsGrade(String json, Grade grade, String what) throws Exception {
        Finding whole = Components.whole(json(json), "system");

        assertThat(whole.grade()).isEqualTo(grade);
        assertThat(whole.what()).isEqualTo(what);
    }

    private static JsonNode json(String text) throws RedfishException {
        return Resources.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8), "a test");
    }

    @Property
    void anyWordsAreBorne(@ForAll String name, @ForAll String health, @ForAll double reading) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode thermal = mapper.createObjectNode();
        ObjectNode fan = thermal.putArray("Fans").addObject().put("Name", name).put("Reading", reading);
        fan.putObject("Status").put("Health", health);

        List<Finding> found = Components.thermal(thermal);

        assertThat(found).singleElement().satisfies(one -> {
            assertThat(one.component().chars()).allMatch(letter -> !Character.isISOControl(letter));
            assertThat(one.component()).hasSizeLessThanOrEqualTo(60);
            assertThat(one.grade() == Grade.BAD).isEqualTo(health.equals("Critical"));
        });
    }
}
