package io.holdfast.fencing.ipmi.rmcp;

/**
 * The six messages that make a session (sections 13.17 to 13.23). A {@code tag} is chosen by the console and comes back in the
 * answer; ids are chosen by whoever will receive packets under them.
 *
 * <p>A status other than {@link #NO_ERROR} ends the attempt; what follows it is then missing from the wire, and empty or zero here.
 */
public sealed interface Handshake {

    int NO_ERROR = 0;

    /** Bits 3:0 of a role are a privilege; bit 4 says that the user is looked up by name alone (section 13.20). */
    int NAME_ONLY = 0x10;

    int RANDOM_BYTES = 16;
    int USER_BYTES_MAX = 16;

    /** The message's number on the wire (table 13-16). */
    enum Kind {
        OPEN_REQUEST(0x10),
        OPEN_RESPONSE(0x11),
        RAKP_1(0x12),
        RAKP_2(0x13),
        RAKP_3(0x14),
        RAKP_4(0x15);

        private final int payloadType;

        Kind(int payloadType) {
            this.payloadType = payloadType;
        }

        int payloadType() {
            return payloadType;
        }

        static Kind of(int payloadType) throws GarbledException {
            for (Kind kind : values()) {
                if (kind.payloadType == payloadType) {
                    return kind;
                }
            }
            throw new GarbledException("payload type " + payloadType + " outside a session");
        }
    }

    int tag();

    /** @param authentication and the other two: numbers of algorithms, as the console proposes them */
    record OpenRequest(int tag, int privilege, int consoleId, int authentication, int integrity, int confidentiality)
            implements Handshake {}

    record OpenResponse(
            int tag,
            int status,
            int privilege,
            int consoleId,
            int bmcId,
            int authentication,
            int integrity,
            int confidentiality)
            implements Handshake {

        public static OpenResponse refusal(int tag, int status, int consoleId) {
            return new OpenResponse(tag, status, 0, consoleId, 0, 0, 0, 0);
        }
    }

    record Rakp1(int tag, int bmcId, Bytes consoleRandom, int role, Bytes user) implements Handshake {}

    record Rakp2(int tag, int status, int consoleId, Bytes bmcRandom, Bytes guid, Bytes code) implements Handshake {

        public static Rakp2 refusal(int tag, int status, int consoleId) {
            return new Rakp2(tag, status, consoleId, Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY);
        }
    }

    record Rakp3(int tag, int status, int bmcId, Bytes code) implements Handshake {}

    record Rakp4(int tag, int status, int consoleId, Bytes check) implements Handshake {}

    /** @throws GarbledException if the payload is not such a message */
    static Handshake decode(Packet.Opening packet) throws GarbledException {
        Bytes payload = packet.payload();
        return switch (packet.kind()) {
            case OPEN_REQUEST -> openRequest(new Input(payload, "the open session request"));
            case OPEN_RESPONSE -> openResponse(new Input(payload, "the open session response"));
            case RAKP_1 -> rakp1(new Input(payload, "RAKP 1"));
            case RAKP_2 -> rakp2(new Input(payload, "RAKP 2"));
            case RAKP_3 -> rakp3(new Input(payload, "RAKP 3"));
            case RAKP_4 -> rakp4(new Input(payload, "RAKP 4"));
        };
    }

    private static OpenRequest openRequest(Input in) throws GarbledException {
        int tag = in.u8();
        int privilege = in.u8() & 0x0f;
        in.skip(2);
        return new OpenRequest(tag, privilege, in.le32(), algorithm(in, 0), algorithm(in, 1), algorithm(in, 2));
    }

    private static OpenResponse openResponse(Input in) throws GarbledException {
        int tag = in.u8();
        int status = in.u8();
        if (status != NO_ERROR) {
            return OpenResponse.refusal(tag, status, idOfRefusal(in));
        }
        int privilege = in.u8();
        in.skip(1);
        return new OpenResponse(
                tag, status, privilege, in.le32(), in.le32(), algorithm(in, 0), algorithm(in, 1), algorithm(in, 2));
    }

    private static Rakp1 rakp1(Input in) throws GarbledException {
        int tag = in.u8();
        in.skip(3);
        int bmcId = in.le32();
        Bytes random = in.take(RANDOM_BYTES);
        int role = in.u8();
        in.skip(2);
        int length = in.u8();
        if (length > USER_BYTES_MAX) {
            throw new GarbledException("a user name of " + length + " bytes");
        }
        return new Rakp1(tag, bmcId, random, role, in.take(length));
    }

    private static Rakp2 rakp2(Input in) throws GarbledException {
        int tag = in.u8();
        int status = in.u8();
        if (status != NO_ERROR) {
            return Rakp2.refusal(tag, status, idOfRefusal(in));
        }
        in.skip(2);
        return new Rakp2(tag, status, in.le32(), in.take(RANDOM_BYTES), in.take(RANDOM_BYTES), in.rest());
    }

    private static Rakp3 rakp3(Input in) throws GarbledException {
        int tag = in.u8();
        int status = in.u8();
        in.skip(2);
        return new Rakp3(tag, status, in.le32(), in.rest());
    }

    private static Rakp4 rakp4(Input in) throws GarbledException {
        int tag = in.u8();
        int status = in.u8();
        if (status != NO_ERROR) {
            return new Rakp4(tag, status, idOfRefusal(in), Bytes.EMPTY);
        }
        in.skip(2);
        return new Rakp4(tag, status, in.le32(), in.rest());
    }

    /** Some controllers leave the session's id out of a refusal; then it is zero. */
    private static int idOfRefusal(Input in) throws GarbledException {
        if (in.left() < 6) {
            return 0;
        }
        in.skip(2);
        return in.le32();
    }

    private static int algorithm(Input in, int kind) throws GarbledException {
        int seen = in.u8();
        in.skip(2);
        int length = in.u8();
        if (seen != kind || (length != 8 && length != 0)) {
            throw new GarbledException("proposal " + seen + " of " + length + " bytes where " + kind + " belongs");
        }
        int algorithm = in.u8() & 0x3f;
        in.skip(3);
        return algorithm;
    }

    /** The datagram. */
    default Bytes encode() {
        return switch (this) {
            case OpenRequest open ->
                packet(
                        Kind.OPEN_REQUEST,
                        algorithms(
                                new Output()
                                        .u8(open.tag)
                                        .u8(open.privilege)
                                        .le16(0)
                                        .le32(open.consoleId),
                                open.authentication,
                                open.integrity,
                                open.confidentiality));
            case OpenResponse open ->
                open.status != NO_ERROR
                        ? packet(Kind.OPEN_RESPONSE, answer(open.tag, open.status, open.consoleId))
                        : packet(
                                Kind.OPEN_RESPONSE,
                                algorithms(
                                        new Output()
                                                .u8(open.tag)
                                                .u8(open.status)
                                                .u8(open.privilege)
                                                .u8(0)
                                                .le32(open.consoleId)
                                                .le32(open.bmcId),
                                        open.authentication,
                                        open.integrity,
                                        open.confidentiality));
            case Rakp1 rakp ->
                packet(
                        Kind.RAKP_1,
                        new Output()
                                .u8(rakp.tag)
                                .repeat(0, 3)
                                .le32(rakp.bmcId)
                                .bytes(rakp.consoleRandom)
                                .u8(rakp.role)
                                .le16(0)
                                .u8(rakp.user.size())
                                .bytes(rakp.user));
            case Rakp2 rakp ->
                packet(
                        Kind.RAKP_2,
                        answer(rakp.tag, rakp.status, rakp.consoleId)
                                .bytes(rakp.bmcRandom)
                                .bytes(rakp.guid)
                                .bytes(rakp.code));
            case Rakp3 rakp ->
                packet(Kind.RAKP_3, answer(rakp.tag, rakp.status, rakp.bmcId).bytes(rakp.code));
            case Rakp4 rakp ->
                packet(
                        Kind.RAKP_4,
                        answer(rakp.tag, rakp.status, rakp.consoleId).bytes(rakp.check));
        };
    }

    private static Output answer(int tag, int status, int id) {
        return new Output().u8(tag).u8(status).le16(0).le32(id);
    }

    private static Output algorithms(Output out, int authentication, int integrity, int confidentiality) {
        int[] proposals = {authentication, integrity, confidentiality};
        for (int kind = 0; kind < proposals.length; kind++) {
            out.u8(kind).le16(0).u8(8).u8(proposals[kind]).repeat(0, 3);
        }
        return out;
    }

    private static Bytes packet(Kind kind, Output payload) {
        return new Packet.Opening(kind, payload.done()).encode();
    }
}
