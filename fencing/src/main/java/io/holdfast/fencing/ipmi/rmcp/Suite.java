package io.holdfast.fencing.ipmi.rmcp;

/**
 * The two cipher suites that authenticate, protect and encrypt (section 22.15.2). All others lack one of the three or rest
 * on MD5, and are not offered at all.
 */
public enum Suite {
    /** RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128: every IPMI 2.0 controller has it. */
    SUITE_3(3, 1, 1, "HmacSHA1", 20, 12),
    /** RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128. */
    SUITE_17(17, 3, 4, "HmacSHA256", 32, 16);

    /** AES-CBC-128 (table 13-19). */
    static final int CONFIDENTIALITY = 1;

    private final int number;
    private final int authentication;
    private final int integrity;
    private final String macName;
    private final int macBytes;
    private final int checkBytes;

    Suite(int number, int authentication, int integrity, String macName, int macBytes, int checkBytes) {
        this.number = number;
        this.authentication = authentication;
        this.integrity = integrity;
        this.macName = macName;
        this.macBytes = macBytes;
        this.checkBytes = checkBytes;
    }

    /** @throws IllegalArgumentException for any number but 3 and 17 */
    public static Suite of(int number) {
        for (Suite suite : values()) {
            if (suite.number == number) {
                return suite;
            }
        }
        throw new IllegalArgumentException("cipher suite " + number + " is not offered; 3 and 17 are");
    }

    /** As it is called: 3 or 17. */
    public int number() {
        return number;
    }

    /** RAKP algorithm (table 13-17). */
    public int authentication() {
        return authentication;
    }

    /** Integrity algorithm (table 13-18). */
    public int integrity() {
        return integrity;
    }

    /** Confidentiality algorithm (table 13-19). */
    public int confidentiality() {
        return CONFIDENTIALITY;
    }

    String macName() {
        return macName;
    }

    /** Size of a whole code, as in RAKP 2 and 3. */
    int macBytes() {
        return macBytes;
    }

    /** Size of a cut code, as in RAKP 4 and at the end of each packet of a session. */
    int checkBytes() {
        return checkBytes;
    }
}
