package io.holdfast.fencing.ipmi.sdr;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.OptionalDouble;

/**
 * From the octet that a sensor reads to the value that is meant (section 36.3): {@code L((M x + B 10^K1) 10^K2)}.
 *
 * @param format how the octet is to be read: 0 unsigned, 1 ones' complement, 2 two's complement, 3 as no number at all
 * @param linearization L; what is neither of the twelve formulas leaves the value unknown
 * @param multiplier M, -512 to 511
 * @param offset B, -512 to 511
 * @param offsetExponent K1, -8 to 7
 * @param resultExponent K2, -8 to 7
 */
public record SensorScale(
        int format, int linearization, int multiplier, int offset, int offsetExponent, int resultExponent) {

    private static final MathContext FIGURES = new MathContext(5);
    private static final double PLAIN_MAX = 1e9;
    private static final double PLAIN_MIN = 1e-6;

    /** Octets 21 and 24 to 30 of a full record. */
    static SensorScale of(int units, Bytes factors) {
        return new SensorScale(
                units >> 6,
                factors.at(0) & 0x7f,
                signed(factors.at(1) | (factors.at(2) & 0xc0) << 2, 10),
                signed(factors.at(3) | (factors.at(4) & 0xc0) << 2, 10),
                signed(factors.at(6) & 0x0f, 4),
                signed(factors.at(6) >> 4, 4));
    }

    private static int signed(int value, int bits) {
        return value >= 1 << (bits - 1) ? value - (1 << bits) : value;
    }

    /** The value, unless the octet is no number, the formula is another, or has no value there. */
    public OptionalDouble value(int octet) {
        if (format == 3) {
            return OptionalDouble.empty();
        }
        // In ones' complement, the octet of all ones is the other zero.
        int x = format == 0 || octet < 0x80 ? octet : format == 1 ? octet - 0xff : octet - 0x100;
        double linear =
                (multiplier * (double) x + offset * Math.pow(10, offsetExponent)) * Math.pow(10, resultExponent);
        double value = switch (linearization) {
            case 0 -> linear;
            case 1 -> Math.log(linear);
            case 2 -> Math.log10(linear);
            case 3 -> Math.log(linear) / Math.log(2);
            case 4 -> Math.exp(linear);
            case 5 -> Math.pow(10, linear);
            case 6 -> Math.pow(2, linear);
            case 7 -> 1 / linear;
            case 8 -> linear * linear;
            case 9 -> linear * linear * linear;
            case 10 -> Math.sqrt(linear);
            case 11 -> Math.cbrt(linear);
            default -> Double.NaN;
        };
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }

    /** For people: five figures, without zeros that say nothing; empty where there is no value. */
    public String text(int octet) {
        OptionalDouble value = value(octet);
        return value.isPresent() ? text(value.getAsDouble()) : "";
    }

    static String text(double value) {
        double size = Math.abs(value);
        BigDecimal rounded = BigDecimal.valueOf(value).round(FIGURES).stripTrailingZeros();
        return size == 0 || (size < PLAIN_MAX && size >= PLAIN_MIN) ? rounded.toPlainString() : rounded.toString();
    }
}
