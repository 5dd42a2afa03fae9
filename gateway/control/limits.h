/* Limits of the control plane. */
#ifndef SLS_GATEWAY_CONTROL_LIMITS_H
#define SLS_GATEWAY_CONTROL_LIMITS_H

#define CONTROL_JSON_MAX (8U << 20)     /* bytes of one resource, request or answer */
#define CONTROL_DOCUMENT_MAX (6U << 20) /* of an imported definition: API Gateway's quota */
#define CONTROL_PAGE 25                 /* of REST APIs and what they have, when nothing is said */
#define CONTROL_PAGE_MAX 500
#define CONTROL_V2_PAGE 100

#endif
