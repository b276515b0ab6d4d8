package io.headwater.protocol.kafka;

import java.util.List;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslHandshakeRequest;

/** What a server without authentication and access control answers to those who ask for them. */
final class SecurityApis {
  private static final String NO_SASL =
      "this listener has no SASL; use security.protocol=PLAINTEXT";

  private SecurityApis() {}

  static ApiMessage saslHandshake(Exchange exchange, SaslHandshakeRequest request) {
    return new SaslHandshakeResponseData()
        .setErrorCode(Errors.UNSUPPORTED_SASL_MECHANISM.code())
        .setMechanisms(List.of());
  }

  static ApiMessage saslAuthenticate(Exchange exchange, SaslAuthenticateRequest request) {
    return new SaslAuthenticateResponseData()
        .setErrorCode(Errors.ILLEGAL_SASL_STATE.code())
        .setErrorMessage(NO_SASL);
  }

  static ApiMessage acls(Exchange exchange, AbstractRequest request) {
    return (ApiMessage)
        request.getErrorResponse(new SecurityDisabledException("there is no authorizer")).data();
  }
}
