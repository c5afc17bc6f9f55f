package io.holdfast.lab;

/**
 * The two users of a BMC; the passwords are random per lab. Cipher suite 3 is the one the simulated BMC speaks.
 *
 * @param adminPassword of user {@code admin}, privilege administrator
 * @param fencerPassword of user {@code fencer}, privilege operator: enough for power
 */
public record BmcCredentials(String adminPassword, String fencerPassword) {

    public static final String ADMIN = "admin";
    public static final String FENCER = "fencer";

    /** Without the passwords: records end up in logs. */
    @Override
    public String toString() {
        return "BmcCredentials[admin, fencer]";
    }
}
