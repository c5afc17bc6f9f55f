package io.holdfast.fencing.ipmi.rmcp;

/**
 * A command or its response in the form of IPMB (section 13.8), with both checksums.
 *
 * @param to address of the receiver: {@link #BMC} or {@link #CONSOLE}
 * @param netFn kind of command; a response has one more than its request
 * @param from address of the sender
 * @param sequence 0 to 63, the same in request and response
 * @param command number within the kind
 * @param body of a response: completion code, then data
 */
public record IpmiMessage(int to, int netFn, int from, int sequence, int command, Bytes body) {

    public static final int BMC = 0x20;
    /** The software id of a remote console (section 5.5). */
    public static final int CONSOLE = 0x81;

    public static final int SEQUENCES = 64;

    public static final int NETFN_CHASSIS = 0x00;
    public static final int NETFN_SENSOR = 0x04;
    public static final int NETFN_APP = 0x06;
    public static final int NETFN_STORAGE = 0x0a;
    public static final int GET_SDR_REPOSITORY_INFO = 0x20;
    public static final int RESERVE_SDR_REPOSITORY = 0x22;
    public static final int GET_SDR = 0x23;
    public static final int GET_SENSOR_THRESHOLDS = 0x27;
    public static final int GET_SENSOR_READING = 0x2d;
    public static final int GET_DEVICE_ID = 0x01;
    public static final int GET_CHASSIS_STATUS = 0x01;
    public static final int CHASSIS_CONTROL = 0x02;
    public static final int GET_CHANNEL_AUTHENTICATION_CAPABILITIES = 0x38;
    public static final int SET_SESSION_PRIVILEGE = 0x3b;
    public static final int CLOSE_SESSION = 0x3c;
    public static final int GET_SEL_TIME = 0x48;
    public static final int GET_CHANNEL_CIPHER_SUITES = 0x54;

    private static final int FRAME_BYTES = 7;

    /** A console's question. */
    public static IpmiMessage request(int netFn, int command, int sequence, Bytes data) {
        return new IpmiMessage(BMC, netFn, CONSOLE, sequence, command, data);
    }

    /** The answer to this request. */
    public IpmiMessage response(int completion, Bytes data) {
        return new IpmiMessage(
                from, netFn | 1, to, sequence, command, Bytes.of(completion).plus(data));
    }

    /** Whether this is a response that may belong to that request. */
    public boolean answers(IpmiMessage request) {
        return netFn == (request.netFn | 1)
                && command == request.command
                && sequence == request.sequence
                && body.size() > 0;
    }

    /** Of a response. */
    public int completion() {
        return body.at(0);
    }

    /** Of a response: what follows the completion code. */
    public Bytes data() {
        return body.slice(1, body.size());
    }

    /** @throws GarbledException if it is too short or a checksum is wrong */
    public static IpmiMessage decode(Bytes bytes) throws GarbledException {
        if (bytes.size() < FRAME_BYTES) {
            throw new GarbledException("an IPMI message of " + bytes.size() + " bytes");
        }
        int end = bytes.size() - 1;
        if (sum(bytes, 0, 3) != 0 || sum(bytes, 3, end + 1) != 0) {
            throw new GarbledException("a checksum of the IPMI message is wrong");
        }
        return new IpmiMessage(
                bytes.at(0), bytes.at(1) >> 2, bytes.at(3), bytes.at(4) >> 2, bytes.at(5), bytes.slice(6, end));
    }

    public Bytes encode() {
        Bytes head = Bytes.of(to, netFn << 2);
        Bytes rest = Bytes.of(from, sequence << 2, command).plus(body);
        return head.plus(Bytes.of(-sum(head, 0, head.size()))).plus(rest).plus(Bytes.of(-sum(rest, 0, rest.size())));
    }

    private static int sum(Bytes bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += bytes.at(i);
        }
        return sum & 0xff;
    }
}
