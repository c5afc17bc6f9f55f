package io.holdfast.fencing.ipmi.rmcp;

/** What one datagram holds (sections 13.1.3 and 13.6): the outer form, whose content is read further by others. */
public sealed interface Packet {

    /** Longer ones are garbage: no message of ours comes near it. */
    int BYTES_MAX = 1024;

    /** "Are you there?" (ASF 2.0, section 3.2.4.2). Any device that speaks RMCP answers it, with no session and no user. */
    record Ping(int tag) implements Packet {}

    /** "I am." */
    record Pong(int tag) implements Packet {}

    /**
     * An IPMI message outside a session and bare. Consoles ask so what a device can do.
     *
     * @param format15 in the form of IPMI 1.5, rather than that of RMCP+
     */
    record Bare(Bytes message, boolean format15) implements Packet {}

    /** One message of the handshake, outside a session and bare. */
    record Opening(Handshake.Kind kind, Bytes payload) implements Packet {}

    /**
     * A packet of a session, still sealed.
     *
     * @param sessionId of the receiver
     * @param sequence 1 to 2^32-1, unsigned
     * @param sealed everything behind the RMCP header; what of it is true is told by {@link SessionKeys#open}
     */
    record Sealed(int sessionId, int sequence, Bytes sealed) implements Packet {}

    int RMCP_BYTES = 4;
    int RMCP_VERSION = 6;
    int NO_ACKNOWLEDGEMENT = 0xff;
    int CLASS_ASF = 6;
    int CLASS_IPMI = 7;
    int ASF_ENTERPRISE = 4542;
    int ASF_PING = 0x80;
    int ASF_PONG = 0x40;
    int FORMAT_15_NONE = 0;
    int FORMAT_20 = 6;
    int AUTHENTICATED = 0x40;
    int ENCRYPTED = 0x80;
    int PAYLOAD_IPMI = 0;

    /** @throws GarbledException if it is none of these */
    static Packet decode(Bytes datagram) throws GarbledException {
        if (datagram.size() > BYTES_MAX) {
            throw new GarbledException("a datagram of " + datagram.size() + " bytes");
        }
        Input in = new Input(datagram, "the datagram");
        if (in.u8() != RMCP_VERSION) {
            throw new GarbledException("what answers there does not speak RMCP");
        }
        in.skip(1);
        in.u8();
        int kind = in.u8();
        return switch (kind) {
            case CLASS_ASF -> asf(in);
            case CLASS_IPMI -> ipmi(in, datagram.slice(RMCP_BYTES, datagram.size()));
            default -> throw new GarbledException("RMCP class " + kind + " is neither ASF nor IPMI");
        };
    }

    private static Packet asf(Input in) throws GarbledException {
        // ASF is the one part that puts the most significant octet first.
        int enterprise = Integer.reverseBytes(in.le32());
        int type = in.u8();
        int tag = in.u8();
        if (enterprise == ASF_ENTERPRISE && type == ASF_PING) {
            return new Ping(tag);
        }
        if (enterprise == ASF_ENTERPRISE && type == ASF_PONG) {
            return new Pong(tag);
        }
        throw new GarbledException("ASF message " + type + " is neither ping nor pong");
    }

    private static Packet ipmi(Input in, Bytes whole) throws GarbledException {
        int format = in.u8();
        if (format == FORMAT_15_NONE) {
            in.skip(8);
            int length = in.u8();
            return new Bare(in.take(length), true);
        }
        if (format != FORMAT_20) {
            throw new GarbledException("session format " + format + " is not RMCP+");
        }
        int type = in.u8();
        int sessionId = in.le32();
        int sequence = in.le32();
        int length = in.le16();
        if (length > in.left()) {
            throw new GarbledException("the packet promises " + length + " bytes and has " + in.left());
        }
        if (type == (AUTHENTICATED | ENCRYPTED | PAYLOAD_IPMI)) {
            return new Sealed(sessionId, sequence, whole);
        }
        if (sessionId != 0) {
            throw new GarbledException("a packet of a session that is not sealed, payload type " + type);
        }
        if (type == PAYLOAD_IPMI) {
            return new Bare(in.take(length), false);
        }
        return new Opening(Handshake.Kind.of(type), in.take(length));
    }

    /** The datagram. */
    default Bytes encode() {
        return switch (this) {
            case Ping ping -> asf(ASF_PING, ping.tag, Bytes.EMPTY);
            // Enterprise, OEM data, supported entities (IPMI, ASF 1.0), interactions, reserved.
            case Pong pong ->
                asf(ASF_PONG, pong.tag, Bytes.of(0, 0, 0x11, 0xbe, 0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0));
            case Bare bare ->
                bare.format15
                        ? header(CLASS_IPMI)
                                .u8(FORMAT_15_NONE)
                                .le32(0)
                                .le32(0)
                                .u8(bare.message.size())
                                .bytes(bare.message)
                                .done()
                        : outside(PAYLOAD_IPMI, bare.message);
            case Opening opening -> outside(opening.kind.payloadType(), opening.payload);
            case Sealed sealed -> header(CLASS_IPMI).bytes(sealed.sealed).done();
        };
    }

    private static Bytes outside(int payloadType, Bytes payload) {
        return header(CLASS_IPMI)
                .u8(FORMAT_20)
                .u8(payloadType)
                .le32(0)
                .le32(0)
                .le16(payload.size())
                .bytes(payload)
                .done();
    }

    private static Bytes asf(int type, int tag, Bytes data) {
        return header(CLASS_ASF)
                .le32(Integer.reverseBytes(ASF_ENTERPRISE))
                .u8(type)
                .u8(tag)
                .u8(0)
                .u8(data.size())
                .bytes(data)
                .done();
    }

    private static Output header(int kind) {
        return new Output().u8(RMCP_VERSION).u8(0).u8(NO_ACKNOWLEDGEMENT).u8(kind);
    }
}
