import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScimModule } from 'scimkit/nest';
import { port, scim } from '../scim.ts';

class AppModule {}
Module({ imports: [ScimModule.forRoot(scim)] })(AppModule); // with a compiler: @Module({ ... }) class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(port, '127.0.0.1');
