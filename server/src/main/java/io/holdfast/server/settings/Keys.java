package io.holdfast.server.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** How keys are spelled, and which key was probably meant. */
public final class Keys {

    private Keys() {}

    /** {@code leaseTimeout} becomes {@code lease-timeout}; {@code apiURL2Go} becomes {@code api-url2-go}. */
    public static String kebab(String camel) {
        StringBuilder out = new StringBuilder(camel.length() + 4);
        for (int i = 0; i < camel.length(); i++) {
            char c = camel.charAt(i);
            boolean startsWord = Character.isUpperCase(c)
                    && i > 0
                    && (!Character.isUpperCase(camel.charAt(i - 1))
                            || (i + 1 < camel.length() && Character.isLowerCase(camel.charAt(i + 1))));
            if (startsWord) {
                out.append('-');
            }
            out.append(Character.toLowerCase(c));
        }
        return out.toString();
    }

    /** {@code SCSI_DISK} becomes {@code scsi-disk}. */
    public static String kebab(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The known key nearest to what was written, if it is near enough to be what was meant: at most a third of its
     * letters differ. Case, underscores and camel humps are forgiven here (and only here).
     */
    public static Optional<String> nearest(String written, Collection<String> known) {
        String wanted = kebab(written).replace('_', '-');
        return known.stream()
                .min(Comparator.comparingInt((String key) -> distance(wanted, key))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(key -> distance(wanted, key) <= Math.max(1, Math.max(wanted.length(), key.length()) / 3));
    }

    /** Edit distance in which a swap of two neighbours counts as one mistake, because fingers do that. */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1), cost[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
