package io.holdfast.fencing.ipmi.rmcp;

/** How a command ended (table 5-2; the first two are those of Set Session Privilege Level, section 22.18). */
public final class Completion {

    public static final int OK = 0x00;
    public static final int PRIVILEGE_NOT_FOR_USER = 0x80;
    public static final int PRIVILEGE_ABOVE_LIMIT = 0x81;
    public static final int NODE_BUSY = 0xc0;
    public static final int INVALID_COMMAND = 0xc1;
    public static final int TIMEOUT = 0xc3;
    public static final int OUT_OF_SPACE = 0xc4;
    /** Of the sensor records: somebody else has reserved them since, or they have changed. */
    public static final int RESERVATION_LOST = 0xc5;

    public static final int INVALID_LENGTH = 0xc7;
    public static final int TOO_LONG = 0xc8;
    public static final int TOO_MUCH_AT_ONCE = 0xca;
    public static final int NOT_PRESENT = 0xcb;
    public static final int INVALID_FIELD = 0xcc;
    public static final int NO_RESPONSE_POSSIBLE = 0xce;
    public static final int DUPLICATE = 0xcf;
    public static final int INITIALIZING = 0xd2;
    public static final int INSUFFICIENT_PRIVILEGE = 0xd4;
    public static final int NOT_IN_THIS_STATE = 0xd5;
    public static final int UNSPECIFIED = 0xff;

    private Completion() {}
}
