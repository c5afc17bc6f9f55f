package io.holdfast.fencing.ipmi.rmcp;

/** Why a step of the handshake was refused (table 13-15). */
public final class Status {

    public static final int OK = 0x00;
    public static final int NO_RESOURCES = 0x01;
    public static final int INVALID_SESSION = 0x02;
    public static final int INVALID_AUTHENTICATION = 0x04;
    public static final int INVALID_INTEGRITY = 0x05;
    public static final int NO_AUTHENTICATION = 0x06;
    public static final int NO_INTEGRITY = 0x07;
    public static final int INACTIVE_SESSION = 0x08;
    public static final int INVALID_ROLE = 0x09;
    public static final int UNAUTHORIZED_ROLE = 0x0a;
    public static final int NO_RESOURCES_FOR_ROLE = 0x0b;
    public static final int INVALID_NAME_LENGTH = 0x0c;
    public static final int UNAUTHORIZED_NAME = 0x0d;
    public static final int INVALID_CHECK = 0x0f;
    public static final int INVALID_CONFIDENTIALITY = 0x10;
    public static final int NO_SUITE = 0x11;

    private Status() {}
}
