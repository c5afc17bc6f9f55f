package io.holdfast.fencing.ipmi.sdr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.GarbledException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SensorRecordTest {

    /** A full record as a real board has it: an ambient temperature with four limits. */
    private static final Bytes AMBIENT = Bytes.ofHex("0100510134" + "20000e0701" + "7f680101" + "857a857a3f3f"
            + "8001000001000000000000" + "07" + "18287f80" + "7d2f2a00fb05" + "0101" + "0000" + "00" + "c9"
            + "416d6269656e742031");

    @Test
    void readsAFullRecord() throws GarbledException {
        SensorRecord ambient = SensorRecord.parse(AMBIENT).getFirst();

        assertThat(ambient.number()).isEqualTo(0x0e);
        assertThat(ambient.name()).isEqualTo("Ambient 1");
        assertThat(ambient.unit()).isEqualTo("degrees C");
        assertThat(ambient.hasThresholds()).isTrue();
        assertThat(ambient.limits()).isEqualTo(new Limits("0", "-5", "5", "42", "47", "125"));
    }

    private static Bytes compact(int shares, int modifier, String name) {
        return Bytes.ofHex("0200510200" + "2000410a01" + "7f40086f" + "0f000f000f00" + "c00000")
                .plus(Bytes.of(shares, modifier, 0, 0, 0, 0, 0, 0, 0xc0 | name.length()))
                .plus(Bytes.of(name.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void aCompactRecordStandsForAllThatShareIt() throws GarbledException {
        assertThat(SensorRecord.parse(compact(0, 0, "PSU")))
                .singleElement()
                .satisfies(one -> assertThat(one.name()).isEqualTo("PSU"));
        assertThat(SensorRecord.parse(compact(3, 1, "PSU ")).stream().map(each -> each.number() + " " + each.name()))
                .containsExactly("65 PSU1", "66 PSU2", "67 PSU3");
        assertThat(SensorRecord.parse(compact(0x12, 25, "Bay ")).stream().map(SensorRecord::name))
                .as("letters")
                .containsExactly("BayZ", "BayAA");
        assertThat(SensorRecord.parse(compact(2, 0, "")).stream().map(SensorRecord::name))
                .containsExactly("sensor 0x41", "sensor 0x42");
    }

    @ParameterizedTest
    @CsvSource({
        "c441423100, AB1", // Latin 1, with a letter that is none
        "8329dca6, IPMI", // six bits: the example of the specification
        "434101fd, 4101:_", // BCD plus
        "c541, A", // longer by its own account than it is
        "c0, sensor 0x0e", // none
        "c51b5b33316d, [31m" // no escape reaches a terminal
    })
    void readsNamesOfEveryKind(String hex, String name) throws GarbledException {
        Bytes record = AMBIENT.slice(0, 47).plus(Bytes.ofHex(hex));

        assertThat(SensorRecord.parse(record).getFirst().name())
                .startsWith(name.substring(0, Math.min(2, name.length())));
        assertThat(SensorRecord.parse(record).getFirst().name()).doesNotContain("\u001b");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 0, degrees C",
        "1, 0, 0, %",
        "1, 6, 0, % of W",
        "2, 11, 26, lm/weeks",
        "4, 4, 5, V*A",
        "24, 1, 0, degrees C/s",
        "0, 90, 0, unit 90",
        "0, 18, 0, RPM"
    })
    void namesUnits(int units, int base, int modifier, String name) {
        assertThat(SensorUnit.of(units, base, modifier)).isEqualTo(name);
    }

    @Test
    void recordsOfOtherThingsDescribeNoSensor() throws GarbledException {
        assertThat(SensorRecord.parse(Bytes.ofHex("0300511108ffffffffffffffff")))
                .isEmpty();
    }

    @Test
    void namesWhatIsTooShort() {
        assertThatThrownBy(() -> SensorRecord.parse(Bytes.of(1, 0, 0x51)))
                .isInstanceOf(GarbledException.class)
                .hasMessage("a sensor record of 3 bytes");
        assertThatThrownBy(() -> SensorRecord.parse(AMBIENT.slice(0, 40)))
                .hasMessage("a sensor record ends after 40 of at least 48 bytes");
        assertThatThrownBy(() -> SensorRecord.parse(compact(0, 0, "").slice(0, 20)))
                .hasMessage("a sensor record ends after 20 of at least 32 bytes");
    }

    /** Whatever bytes come as a record and as a reading, the outcome is a value or garbage by its name. */
    @Property(tries = 5000)
    void anyBytesAreReadWithoutException(
            @ForAll @Size(max = 80) byte[] record,
            @ForAll @IntRange(max = 3) int type,
            @ForAll @Size(max = 6) byte[] reading) {
        byte[] typed = record.clone();
        if (typed.length > 3) {
            typed[3] = (byte) type;
        }
        List<SensorRecord> sensors;
        try {
            sensors = SensorRecord.parse(Bytes.of(typed));
        } catch (GarbledException e) {
            assertThat(e.getMessage()).startsWith("a sensor record");
            return;
        }
        for (SensorRecord sensor : sensors) {
            Finding found = SensorReading.of(sensor, Bytes.of(reading));
            assertThat(found.component()).isNotEmpty();
            assertThat(found.component().chars()).allMatch(letter -> !Character.isISOControl(letter));
            assertThat(found.what()).isNotEmpty();
            if (reading.length < 3 || (reading[1] & 0x60) != 0x40) {
                assertThat(found.grade()).as("what was not read").isEqualTo(Grade.UNKNOWN);
            }
        }
    }
}
