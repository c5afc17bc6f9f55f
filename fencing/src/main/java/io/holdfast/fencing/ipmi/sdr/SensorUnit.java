package io.holdfast.fencing.ipmi.sdr;

import java.util.List;

/** What a value is counted in (section 43.17), for people. */
final class SensorUnit {

    /** The common ones, by their number. Of the other seventy, the number is told. */
    private static final List<String> NAMES = List.of(
            "",
            "degrees C",
            "degrees F",
            "K",
            "V",
            "A",
            "W",
            "J",
            "C",
            "VA",
            "nit",
            "lm",
            "lx",
            "cd",
            "kPa",
            "psi",
            "N",
            "CFM",
            "RPM",
            "Hz",
            "us",
            "ms",
            "s",
            "min",
            "h",
            "d",
            "weeks");

    private static final List<String> RATES = List.of("", "/us", "/ms", "/s", "/min", "/h", "/d", "");

    private SensorUnit() {}

    /**
     * @param units octet 21: among others whether it is a percentage, its rate, and how base and modifier belong together
     * @param base octet 22
     * @param modifier octet 23
     */
    static String of(int units, int base, int modifier) {
        String name = name(base) + RATES.get(units >> 3 & 7);
        String both = switch (units >> 1 & 3) {
            case 1 -> name + "/" + name(modifier);
            case 2 -> name + "*" + name(modifier);
            default -> name;
        };
        return (units & 1) == 0 ? both : both.isEmpty() ? "%" : "% of " + both;
    }

    private static String name(int number) {
        return number < NAMES.size() ? NAMES.get(number) : "unit " + number;
    }
}
