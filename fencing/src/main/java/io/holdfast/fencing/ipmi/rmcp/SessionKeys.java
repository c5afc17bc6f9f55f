package io.holdfast.fencing.ipmi.rmcp;

import java.util.random.RandomGenerator;
import javax.crypto.Cipher;

/** The keys of one session (section 13.32), and how packets are sealed and opened with them (sections 13.28.4 and 13.29). */
public final class SessionKeys {

    /**
     * The constants of section 13.32 have 20 octets. With SHA-256, too: the text speaks of the digest's size only for SHA-1, and controllers
     * and {@code ipmitool} agree on 20 for all.
     */
    private static final int CONSTANT_BYTES = 20;

    private static final int VECTOR_BYTES = 16;
    private static final int HEADER_BYTES = 12;
    private static final int INTEGRITY_PAD = 0xff;
    private static final int NEXT_HEADER = 0x07;

    private final Suite suite;
    private final Secret integrity;
    private final Secret confidentiality;
    private final Bytes check;

    private SessionKeys(Suite suite, Secret integrity, Secret confidentiality, Bytes check) {
        this.suite = suite;
        this.integrity = integrity;
        this.confidentiality = confidentiality;
        this.check = check;
    }

    /** K1 and K2 from the session integrity key. */
    static SessionKeys of(Suite suite, Secret integrityKey, Bytes check) {
        return new SessionKeys(
                suite,
                integrityKey.derive(
                        suite, new Output().repeat(1, CONSTANT_BYTES).done()),
                integrityKey.derive(
                        suite, new Output().repeat(2, CONSTANT_BYTES).done()),
                check);
    }

    /** The check in RAKP 4, by which the BMC shows that it has the same keys. */
    public Bytes check() {
        return check;
    }

    /**
     * The datagram of one message.
     *
     * @param sessionId of the receiver
     * @param sequence never twice the same in a session
     * @param random gives the initialization vector, which must be unpredictable
     */
    public Bytes seal(int sessionId, int sequence, IpmiMessage message, RandomGenerator random) {
        byte[] vector = new byte[VECTOR_BYTES];
        random.nextBytes(vector);
        Bytes plain = message.encode();
        Output padded = new Output().bytes(plain);
        int padding = Math.floorMod(-(plain.size() + 1), VECTOR_BYTES);
        for (int i = 1; i <= padding; i++) {
            padded.u8(i);
        }
        padded.u8(padding);
        byte[] encrypted =
                confidentiality.aes(Cipher.ENCRYPT_MODE, vector, padded.done().toArray());
        Output out = new Output()
                .u8(Packet.FORMAT_20)
                .u8(Packet.AUTHENTICATED | Packet.ENCRYPTED | Packet.PAYLOAD_IPMI)
                .le32(sessionId)
                .le32(sequence)
                .le16(VECTOR_BYTES + encrypted.length)
                .bytes(Bytes.of(vector))
                .bytes(Bytes.of(encrypted));
        // The code covers a multiple of four octets, counted with the two that follow the pad.
        int pad = Math.floorMod(-(out.size() + 2), 4);
        Bytes signed = out.repeat(INTEGRITY_PAD, pad).u8(pad).u8(NEXT_HEADER).done();
        return new Packet.Sealed(sessionId, sequence, signed.plus(codeOf(signed))).encode();
    }

    /**
     * The message in a packet. Nothing in it is looked at before its code is known to be right.
     *
     * @throws GarbledException if it was not sealed with these keys, or holds no IPMI message
     */
    public IpmiMessage open(Packet.Sealed packet) throws GarbledException {
        Bytes whole = packet.sealed();
        int end = whole.size() - suite.checkBytes();
        if (end < HEADER_BYTES + 2) {
            throw new GarbledException("a sealed packet of " + whole.size() + " bytes");
        }
        Bytes signed = whole.slice(0, end);
        if (!Secret.same(codeOf(signed), whole.slice(end, whole.size()))) {
            throw new GarbledException("the code of a packet is wrong");
        }
        int payloadBytes = signed.at(10) | signed.at(11) << 8;
        int padding = signed.at(end - 2);
        if (HEADER_BYTES + payloadBytes + padding + 2 != end) {
            throw new GarbledException("the sizes in a packet do not fit together");
        }
        int encryptedBytes = payloadBytes - VECTOR_BYTES;
        if (encryptedBytes <= 0 || encryptedBytes % VECTOR_BYTES != 0) {
            throw new GarbledException("an encrypted payload of " + payloadBytes + " bytes");
        }
        int start = HEADER_BYTES + VECTOR_BYTES;
        Bytes plain = Bytes.of(confidentiality.aes(
                Cipher.DECRYPT_MODE,
                signed.slice(HEADER_BYTES, start).toArray(),
                signed.slice(start, start + encryptedBytes).toArray()));
        int inner = plain.at(plain.size() - 1);
        if (inner >= plain.size()) {
            throw new GarbledException("the padding of a payload is longer than the payload");
        }
        return IpmiMessage.decode(plain.slice(0, plain.size() - 1 - inner));
    }

    /** The code at the end of a packet. */
    Bytes codeOf(Bytes signed) {
        return integrity.mac(suite, signed).slice(0, suite.checkBytes());
    }

    @Override
    public String toString() {
        return "[keys of " + suite + "]";
    }
}
