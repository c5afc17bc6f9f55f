package io.holdfast.fencing.ipmi.rmcp;

/**
 * What both sides know once RAKP 1 and 2 have been exchanged, and the codes that follow from it and from the keys (section 13.31).
 *
 * <p>Two keys may take part. The user's password proves the user, in RAKP 2 and 3. K_g, the key of the BMC, makes the session's
 * keys and so shows in RAKP 4; where no K_g is set, the password stands for it ("one-key login").
 *
 * @param consoleId the console's session id
 * @param bmcId the BMC's session id
 * @param consoleRandom 16 octets
 * @param bmcRandom 16 octets
 * @param guid the BMC's, 16 octets
 * @param role the whole octet of RAKP 1, with its bit for looking up by name
 * @param user as in RAKP 1
 */
public record KeyExchange(
        Suite suite, int consoleId, int bmcId, Bytes consoleRandom, Bytes bmcRandom, Bytes guid, int role, Bytes user) {

    /** The code in RAKP 2, by which the BMC shows that it knows the password. */
    public Bytes codeOfBmc(Secret password) {
        return password.mac(
                suite,
                new Output()
                        .le32(consoleId)
                        .le32(bmcId)
                        .bytes(consoleRandom)
                        .bytes(bmcRandom)
                        .bytes(guid)
                        .bytes(roleAndUser())
                        .done());
    }

    /** The code in RAKP 3, by which the console shows that it knows the password. */
    public Bytes codeOfConsole(Secret password) {
        return password.mac(
                suite,
                new Output()
                        .bytes(bmcRandom)
                        .le32(consoleId)
                        .bytes(roleAndUser())
                        .done());
    }

    /**
     * The keys of the session.
     *
     * @param key K_g, or the password where there is none
     */
    public SessionKeys keys(Secret key) {
        Secret integrityKey = key.derive(
                suite,
                new Output()
                        .bytes(consoleRandom)
                        .bytes(bmcRandom)
                        .bytes(roleAndUser())
                        .done());
        Bytes check = integrityKey
                .mac(
                        suite,
                        new Output()
                                .bytes(consoleRandom)
                                .le32(bmcId)
                                .bytes(guid)
                                .done())
                .slice(0, suite.checkBytes());
        return SessionKeys.of(suite, integrityKey, check);
    }

    /** Whether two codes are the same, in a time that does not tell where they differ. */
    public static boolean same(Bytes one, Bytes other) {
        return Secret.same(one, other);
    }

    private Bytes roleAndUser() {
        return Bytes.of(role, user.size()).plus(user);
    }
}
