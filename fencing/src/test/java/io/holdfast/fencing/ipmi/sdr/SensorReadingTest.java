package io.holdfast.fencing.ipmi.sdr;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SensorReadingTest {

    private static SensorRecord sensor(int type, int reading) {
        return new SensorRecord(
                0x20, 0, 1, type, reading, "it", "RPM", new SensorScale(0, 0, 100, 0, 0, 0), Limits.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "00, GOOD, ok",
        "c0, GOOD, ok",
        "01, POOR, below the warning limit",
        "03, BAD, below the critical limit",
        "07, BAD, below the fatal limit",
        "08, POOR, above the warning limit",
        "18, BAD, above the critical limit",
        "38, BAD, above the fatal limit",
        "0a, BAD, below the critical limit"
    })
    void aLimitThatIsReachedGrades(String states, Grade grade, String what) {
        Finding found = SensorReading.of(sensor(0x04, 1), Bytes.ofHex("36c0" + states));

        assertThat(found).isEqualTo(new Finding("it", "fan", "5400", "RPM", Limits.NONE, what, grade));
        assertThat(found.text()).isEqualTo("it 5400 RPM: " + what);
    }

    @ParameterizedTest
    @CsvSource({
        // power supply, states of its own
        "08, 6f, 01, GOOD, present",
        "08, 6f, 03, BAD, failed",
        "08, 6f, 05, POOR, is about to fail",
        "08, 6f, 09, BAD, its input is lost",
        "08, 6f, 80, GOOD, in reserve",
        "08, 6f, 00, UNKNOWN, 'absent, or says nothing'",
        // drive
        "0d, 6f, 01, GOOD, present",
        "0d, 6f, 02, BAD, failed",
        "0d, 6f, 04, POOR, is about to fail",
        "0d, 6f, 40, BAD, its array has failed",
        "0d, 6f, 81, POOR, is being rebuilt",
        // power unit
        "09, 6f, 40, BAD, failed",
        "09, 0b, 02, POOR, redundancy lost",
        "09, 0b, 20, BAD, 'not redundant, and not enough'",
        // fan, by generic kinds
        "04, 07, 04, BAD, critical",
        "04, 07, 01, GOOD, ok",
        "04, 06, 02, BAD, performs too little",
        "04, 0a, 40, POOR, degraded",
        "04, 05, 02, BAD, beyond its limit",
        "04, 05, 00, GOOD, ok"
    })
    void aStateThatIsAFailureGrades(String type, String reading, String states, Grade grade, String what) {
        SensorRecord sensor = sensor(Integer.parseInt(type, 16), Integer.parseInt(reading, 16));

        Finding found = SensorReading.of(sensor, Bytes.ofHex("00c0" + states + "80"));

        assertThat(found.what()).isEqualTo(what);
        assertThat(found.grade()).isEqualTo(grade);
        assertThat(found.value()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'', the answer has 0 bytes",
        "36, the answer has 1 bytes",
        "36c0, the answer leaves its state out",
        "36e03f, no reading now",
        "36803f, not watched: scanning is disabled",
        "36203f, not watched: scanning is disabled"
    })
    void whatWasNotReadIsUnknownWhateverItsStatesSay(String data, String what) {
        Finding found = SensorReading.of(sensor(0x04, 1), Bytes.ofHex(data));

        assertThat(found.grade()).isEqualTo(Grade.UNKNOWN);
        assertThat(found.what()).isEqualTo(what);
    }

    @Test
    void onlySensorsThatTellOfTheHardwareAreAsked() {
        assertThat(SensorReading.tells(sensor(0x01, 1))).as("a temperature").isTrue();
        assertThat(SensorReading.tells(sensor(0x08, 0x6f))).as("a power supply").isTrue();
        assertThat(SensorReading.tells(sensor(0x04, 0x03)))
                .as("a fan with digital states")
                .isFalse();
        assertThat(SensorReading.tells(sensor(0x10, 0x6f))).as("the event log").isFalse();
        assertThat(SensorReading.tells(sensor(0x23, 0x6f))).as("the watchdog").isFalse();
    }
}
