package io.holdfast.fencing.ipmi.sdr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import java.math.BigDecimal;
import java.util.OptionalDouble;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SensorScaleTest {

    @Property
    void aLinearValueIsWhatDecimalsSay(
            @ForAll @IntRange(max = 255) int octet,
            @ForAll @IntRange(min = -512, max = 511) int m,
            @ForAll @IntRange(min = -512, max = 511) int b,
            @ForAll @IntRange(min = -8, max = 7) int k1,
            @ForAll @IntRange(min = -8, max = 7) int k2) {
        BigDecimal oracle = BigDecimal.valueOf(m)
                .multiply(BigDecimal.valueOf(octet))
                .add(BigDecimal.valueOf(b).scaleByPowerOfTen(k1))
                .scaleByPowerOfTen(k2);

        double value = new SensorScale(0, 0, m, b, k1, k2).value(octet).orElseThrow();

        // Sums of large and small parts lose their last figures.
        double size = Math.abs(m * 255.0) * Math.pow(10, k2) + Math.abs(b * Math.pow(10, k1)) * Math.pow(10, k2);
        assertThat(value).isCloseTo(oracle.doubleValue(), within(size * 1e-12 + Double.MIN_VALUE));
    }

    /** What section 36.3 calls each function, computed another way round: its inverse gives the linear value back. */
    @Property
    void eachFormulaIsUndoneByItsInverse(
            @ForAll @IntRange(min = 0, max = 11) int formula, @ForAll @IntRange(min = 1, max = 60) int octet) {
        double linear = octet / 10.0;

        double value = new SensorScale(0, formula, 1, 0, 0, -1).value(octet).orElseThrow();

        double back = switch (formula) {
            case 1 -> Math.pow(Math.E, value);
            case 2 -> Math.pow(10, value);
            case 3 -> Math.pow(2, value);
            case 4 -> Math.log(value);
            case 5 -> Math.log10(value);
            case 6 -> Math.log10(value) / Math.log10(2);
            case 7 -> 1 / value;
            case 8 -> Math.sqrt(value);
            case 9 -> Math.cbrt(value);
            case 10 -> value * value;
            case 11 -> value * value * value;
            default -> value;
        };
        assertThat(back).isCloseTo(linear, within(1e-9 * linear));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "0, 127, 127",
        "0, 128, 128",
        "0, 255, 255",
        "1, 127, 127",
        "1, 255, 0",
        "1, 254, -1",
        "1, 128, -127",
        "2, 127, 127",
        "2, 128, -128",
        "2, 255, -1"
    })
    void readsTheOctetAsItsFormatSays(int format, int octet, double value) {
        assertThat(new SensorScale(format, 0, 1, 0, 0, 0).value(octet)).hasValue(value);
    }

    @Test
    void isSilentWhereThereIsNoValue() {
        assertThat(new SensorScale(3, 0, 1, 0, 0, 0).value(7)).isEmpty();
        assertThat(new SensorScale(0, 0x70, 1, 0, 0, 0).value(7))
                .as("not linear")
                .isEmpty();
        assertThat(new SensorScale(0, 12, 1, 0, 0, 0).value(7)).as("reserved").isEmpty();
        assertThat(new SensorScale(0, 7, 1, 0, 0, 0).value(0)).as("1/0").isEqualTo(OptionalDouble.empty());
        assertThat(new SensorScale(0, 1, 1, 0, 0, 0).text(0)).as("ln 0").isEmpty();
        assertThat(new SensorScale(0, 10, -1, 0, 0, 0).text(9)).as("root of -9").isEmpty();
    }

    @Test
    void takesTheFactorsFromTheirBits() {
        // M = -2 and B = 3 in ten bits, K2 = -2 and K1 = 1 in four.
        assertThat(SensorScale.of(0x80, Bytes.of(0x05, 0xfe, 0xc0, 0x03, 0x00, 0x00, 0xe1)))
                .isEqualTo(new SensorScale(2, 5, -2, 3, 1, -2));
    }

    @ParameterizedTest
    @CsvSource({
        "24, 24",
        "12.096000000001, 12.096",
        "5400, 5400",
        "0, 0",
        "1234567, 1234600",
        "-7.5, -7.5",
        "1e12, 1E+12",
        "1e-9, 1E-9"
    })
    void writesFiveFigures(double value, String text) {
        assertThat(SensorScale.text(value)).isEqualTo(text);
    }
}
